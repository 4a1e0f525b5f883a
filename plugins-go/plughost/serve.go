package plughost

import (
	"context"
	"errors"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

// The version of the protocol, and the variable by which the program knows that its host started it.
var handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "PLUGHOST_PLUGIN",
	MagicCookieValue: "1",
}

// Serve answers the host until it ends the program.
func Serve(p Plugin) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         plugin.PluginSet{"plughost": &served{plugin: &p}},
		GRPCServer:      newServer,
		// The host shows what is logged. What go-plugin tells its own developers would reach every user.
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Info, Output: os.Stderr, JSONFormat: true}),
	})
}

// As much as the host sends: a line has up to 16 MiB. gRPC by itself takes 4 MiB.
const maxMessage = 64 << 20

func newServer(options []grpc.ServerOption) *grpc.Server {
	return plugin.DefaultGRPCServer(append(options, grpc.MaxRecvMsgSize(maxMessage)))
}

type served struct {
	plugin.NetRPCUnsupportedPlugin
	plugin *Plugin
}

func (s *served) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	c := &control{plugin: s.plugin}
	wire.RegisterPluginServer(server, c)
	if s.plugin.Filter != nil || s.plugin.Scan != nil {
		wire.RegisterFilterServer(server, &filter{control: c})
	}
	if s.plugin.Transform != nil {
		wire.RegisterTransformServer(server, &transform{control: c})
	}
	if s.plugin.Export != nil {
		wire.RegisterExporterServer(server, &exporter{control: c})
	}
	return nil
}

func (*served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin of plughost is no host")
}
