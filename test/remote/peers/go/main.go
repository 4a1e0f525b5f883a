// A program of HashiCorp's go-plugin, as a stranger writes one: its own service, its own cookie, nothing of plughost.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type echoServer interface {
	Say(context.Context, *wrapperspb.StringValue) (*wrapperspb.StringValue, error)
}

type echo struct{ logger hclog.Logger }

func (e echo) Say(_ context.Context, text *wrapperspb.StringValue) (*wrapperspb.StringValue, error) {
	switch text.Value {
	case "print":
		fmt.Println("printed to standard output")
		fmt.Fprintln(os.Stderr, "printed to standard error")
	case "log":
		e.logger.Warn("something is odd", "count", 3)
	case "exit":
		os.Exit(7)
	case "descriptor":
		bytes := make([]byte, 5)
		if _, err := os.NewFile(3, "inherited").ReadAt(bytes, 0); err != nil {
			return nil, err
		}
		return wrapperspb.String(string(bytes)), nil
	case "environment":
		return wrapperspb.String(fmt.Sprint(os.Environ())), nil
	}
	return wrapperspb.String("you said " + text.Value), nil
}

func handle(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	text := new(wrapperspb.StringValue)
	if err := decode(text); err != nil {
		return nil, err
	}
	return server.(echoServer).Say(ctx, text)
}

var service = grpc.ServiceDesc{
	ServiceName: "test.Echo",
	HandlerType: (*echoServer)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "Say", Handler: handle}},
}

type echoPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	logger hclog.Logger
}

func (p echoPlugin) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	server.RegisterService(&service, echo{p.logger})
	return nil
}

func (echoPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("it is no host")
}

func main() {
	logger := hclog.New(&hclog.LoggerOptions{Name: "echo", Level: hclog.Trace, Output: os.Stderr, JSONFormat: true})
	set := plugin.PluginSet{"echo": echoPlugin{logger: logger}}
	config := &plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: "ECHO_COOKIE", MagicCookieValue: "hello"},
		VersionedPlugins: map[int]plugin.PluginSet{2: set, 3: set},
		Logger:           logger,
	}
	if len(os.Args) < 2 || os.Args[1] != "netrpc" {
		config.GRPCServer = plugin.DefaultGRPCServer
	}
	plugin.Serve(config)
}
