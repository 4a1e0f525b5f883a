module plughost/bench

go 1.19
