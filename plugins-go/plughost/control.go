package plughost

import (
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

// The major version of the contract that this package speaks.
const abiMajor = 1

// control answers what is not about lines, and holds the memory that blocks lie in.
type control struct {
	wire.UnimplementedPluginServer
	plugin *Plugin
	blocks []byte
}

func (c *control) Describe(_ context.Context, _ *wire.DescribeRequest) (*wire.DescribeResponse, error) {
	flags := uint32(1)
	if c.plugin.Ordered {
		flags = 2
	}
	answer := &wire.DescribeResponse{
		Manifest:     c.plugin.Manifest,
		SharedBlocks: true,
		Lanes:        uint32(max(c.plugin.Lanes, 1)),
	}
	if c.plugin.Filter != nil || c.plugin.Scan != nil {
		answer.Filter = &flags
	}
	if c.plugin.Transform != nil {
		answer.Transform = &flags
	}
	if c.plugin.Export != nil {
		answer.Exporter = new(uint32)
	}
	return answer, nil
}

func (c *control) Init(_ context.Context, request *wire.InitRequest) (*wire.InitResponse, error) {
	answer := &wire.InitResponse{}
	if request.BlocksDescriptor != 0 {
		blocks, err := mapBlocks(int(request.BlocksDescriptor), request.BlocksSize)
		if err != nil {
			answer.Problem = problemOf(fmt.Errorf("map the memory of blocks: %w", err))
			return answer, nil
		}
		c.blocks = blocks
	}
	answer.Problem = guarded(func() error {
		if c.plugin.Init != nil {
			if err := c.plugin.Init(request.Config); err != nil {
				return err
			}
		}
		if c.plugin.Literals != nil {
			answer.Literals = c.plugin.Literals()
		}
		return nil
	})
	return answer, nil
}

func (c *control) Run(_ *wire.RunRequest, stream grpc.ServerStreamingServer[wire.Chunk]) error {
	var sent error
	problem := guarded(func() error {
		if c.plugin.Run == nil {
			return nil
		}
		return c.plugin.Run(stream.Context(), writer(func(text []byte) error {
			sent = stream.Send(&wire.Chunk{Text: text})
			return sent
		}))
	})
	if sent != nil {
		return sent
	}
	if problem == nil {
		return nil
	}
	return stream.Send(&wire.Chunk{Problem: problem})
}

type writer func(text []byte) error

func (w writer) Write(text []byte) (int, error) {
	if err := w(text); err != nil {
		return 0, err
	}
	return len(text), nil
}

var _ io.Writer = writer(nil)

func problemOf(err error) *wire.Problem {
	return &wire.Problem{Code: codeOf(err), Message: err.Error()}
}

// protect calls a function of the author. A panic is an error, and ends nothing.
func protect(call func() error) (failure error) {
	defer func() {
		if value := recover(); value != nil {
			failure = &Error{codePanic, fmt.Sprintf("panic: %v", value)}
		}
	}()
	return call()
}

// guarded is protect, for an answer.
func guarded(call func() error) *wire.Problem {
	if err := protect(call); err != nil {
		return problemOf(err)
	}
	return nil
}
