package plughost

import (
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

type transform struct {
	wire.UnimplementedTransformServer
	control *control
}

func (t *transform) Apply(stream grpc.BidiStreamingServer[wire.Lines, wire.Made]) error {
	for {
		lines, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		made := pieces{made: &wire.Made{Id: lines.Id}}
		b, err := t.control.blockOf(lines)
		if err == nil {
			err = b.each(stream.Context(), func(place span, line []byte) error {
				change, err := t.control.plugin.Transform(line)
				if err == nil {
					made.add(uint64(place.end-place.begin), change)
				}
				return err
			})
		}
		if err != nil {
			made.made = &wire.Made{Id: lines.Id, Problem: blockProblem(err)}
		}
		if err := stream.Send(made.made); err != nil {
			return err
		}
	}
}

// pieces collects what became of the lines of one request.
type pieces struct {
	made *wire.Made
	// last is the kind of the last piece, if there is one.
	last uint64
}

// add joins a line to the piece before it: neighbours that stay, or that are dropped, are one piece.
func (p *pieces) add(length uint64, change Change) {
	made := p.made
	first := len(made.Pieces) == 0
	switch {
	case change.kind == replaced:
		size := len(change.text)
		made.Text = append(made.Text, change.text...)
		if size > 0 && change.text[size-1] != '\n' {
			made.Text = append(made.Text, '\n')
			size++
		}
		made.Pieces = append(made.Pieces, length*4+replaced, uint64(size))
	case !first && p.last == change.kind:
		made.Pieces[len(made.Pieces)-1] += length * 4
	default:
		made.Pieces = append(made.Pieces, length*4+change.kind)
	}
	p.last = change.kind
}
