package plughost

import (
	"bytes"
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

type filter struct {
	wire.UnimplementedFilterServer
	control *control
}

func (f *filter) Match(stream grpc.BidiStreamingServer[wire.Lines, wire.Kept]) error {
	for {
		lines, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer := &wire.Kept{Id: lines.Id}
		if kept, err := f.kept(stream.Context(), lines); err != nil {
			answer.Problem = blockProblem(err)
		} else {
			answer.Ranges = kept.gaps
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

func (f *filter) kept(ctx context.Context, lines *wire.Lines) (*ranges, error) {
	b, err := f.control.blockOf(lines)
	if err != nil {
		return nil, err
	}
	kept := new(ranges)
	if scan := f.control.plugin.Scan; scan != nil {
		return kept, b.scan(ctx, scan, kept)
	}
	return kept, b.each(ctx, func(place span, line []byte) error {
		keep, err := f.control.plugin.Filter(line)
		if keep {
			kept.add(place)
		}
		return err
	})
}

// scan calls the author's Scan with each range, and adds the line around each place that it names.
func (b block) scan(ctx context.Context, scan func(context.Context, []byte, func(int)) error, kept *ranges) error {
	for _, r := range b.ranges {
		lines := b.bytes[r.begin:r.end:r.end]
		decided := 0 // the end of the last line that was kept
		keep := func(at int) {
			if at < decided {
				return // it is in that line
			}
			begin := decided + bytes.LastIndexByte(lines[decided:at], '\n') + 1
			end := len(lines)
			if newline := bytes.IndexByte(lines[at:], '\n'); newline >= 0 {
				end = at + newline + 1
			}
			decided = end
			kept.add(span{r.begin + begin, r.begin + end})
		}
		if err := protect(func() error { return scan(ctx, lines, keep) }); err != nil {
			return err
		}
	}
	return nil
}

// ranges are ascending ranges of bytes as the wire has them: gap, length, gap, length.
type ranges struct {
	gaps []uint32
	end  int
}

func (r *ranges) add(place span) {
	if len(r.gaps) > 0 && place.begin == r.end {
		r.gaps[len(r.gaps)-1] += uint32(place.end - place.begin)
	} else {
		r.gaps = append(r.gaps, uint32(place.begin-r.end), uint32(place.end-place.begin))
	}
	r.end = place.end
}
