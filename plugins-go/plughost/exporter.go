package plughost

import (
	"bytes"
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

type exporter struct {
	wire.UnimplementedExporterServer
	control *control
}

func (e *exporter) Export(stream grpc.BidiStreamingServer[wire.ExportLines, wire.Exported]) error {
	own := e.control.plugin.Export
	for {
		asked, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var out bytes.Buffer
		answer := &wire.Exported{Id: asked.Lines.GetId()}
		b, err := e.control.blockOf(asked.Lines)
		if err == nil && asked.Begin && own.Begin != nil {
			err = protect(func() error { return own.Begin(&out) })
		}
		if err == nil {
			err = b.each(stream.Context(), func(_ span, line []byte) error { return own.Line(&out, line) })
		}
		if err == nil && asked.End && own.End != nil {
			err = protect(func() error { return own.End(&out) })
		}
		if err != nil {
			answer.Problem = blockProblem(err)
		} else {
			answer.Text = out.Bytes()
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}
