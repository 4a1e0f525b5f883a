// A plugin that does what it must not, when a line has the word "lie" in it: its option says what. Its first argument
// says what is wrong before that. test/forms/program-faults.test.ts runs it.
package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/plughost/plughost/plugins-go/plughost/wire"
)

const manifest = `{"id": "org.example.wicked", "name": "wicked", "version": "1.0.0"}`

type wicked struct {
	wire.UnimplementedPluginServer
	wire.UnimplementedFilterServer
	wire.UnimplementedTransformServer
	lie string
}

func (w *wicked) Describe(context.Context, *wire.DescribeRequest) (*wire.DescribeResponse, error) {
	linewise := uint32(1)
	return &wire.DescribeResponse{Manifest: manifest, Filter: &linewise, Transform: &linewise}, nil
}

func (w *wicked) Init(_ context.Context, request *wire.InitRequest) (*wire.InitResponse, error) {
	var options struct{ Lie string }
	err := json.Unmarshal(request.Config, &options)
	w.lie = options.Lie
	return &wire.InitResponse{}, err
}

var errEnded = errors.New("it ends its answers")

// do does what the plugin must not.
func (w *wicked) do(lines *wire.Lines, answer *wire.Kept) error {
	size := uint32(len(lines.GetData()))
	if path, found := strings.CutPrefix(w.lie, "a stop while there is "); found && os.Remove(path) == nil {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		// The signal may take a moment.
		time.Sleep(time.Hour)
	}
	switch w.lie {
	case "another number":
		answer.Id++
	case "an old number":
		answer.Id = 0
	case "nothing":
		return errEnded
	case "death":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Hour)
	case "an empty range":
		answer.Ranges = []uint32{0, 0}
	case "a range without length":
		answer.Ranges = []uint32{0}
	case "bytes outside":
		answer.Ranges = []uint32{0, size + 1}
	case "a part of a line":
		answer.Ranges = []uint32{1, size - 1}
	case "an overflow":
		answer.Ranges = []uint32{1 << 31, 1 << 31, 0, size}
	}
	return nil
}

func (w *wicked) Match(stream grpc.BidiStreamingServer[wire.Lines, wire.Kept]) error {
	for {
		lines, err := stream.Recv()
		if err != nil {
			return nil
		}
		answer := &wire.Kept{Id: lines.Id}
		if len(lines.GetData()) > 0 {
			answer.Ranges = []uint32{0, uint32(len(lines.GetData()))}
		}
		if bytes.Contains(lines.GetData(), []byte("lie")) {
			if err := w.do(lines, answer); err != nil {
				return nil
			}
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

func (w *wicked) Apply(stream grpc.BidiStreamingServer[wire.Lines, wire.Made]) error {
	for {
		lines, err := stream.Recv()
		if err != nil {
			return nil
		}
		size := uint64(len(lines.GetData()))
		answer := &wire.Made{Id: lines.Id, Pieces: []uint64{size * 4}}
		if bytes.Contains(lines.GetData(), []byte("lie")) {
			switch w.lie {
			case "a hole":
				answer.Pieces = []uint64{(size - 1) * 4}
			case "text that is not whole lines":
				answer.Pieces, answer.Text = []uint64{size*4 + 2, 1}, []byte("x")
			case "a kind that there is not":
				answer.Pieces = []uint64{size*4 + 3}
			case "100 MB":
				answer.Text = make([]byte, 100<<20)
			case "too much":
				answer.Pieces, answer.Text = []uint64{size*4 + 2, 40 << 20}, bytes.Repeat([]byte("x\n"), 20<<20)
			}
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

// unwell answers the health check as a program that does not serve.
func unwell(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if strings.HasSuffix(info.FullMethod, "Health/Check") {
		return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_NOT_SERVING}, nil
	}
	return next(ctx, request)
}

// silent answers no call.
func silent(ctx context.Context, _ any, _ *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// selfSigned makes the server of a program that wants TLS whatever its host wants.
func selfSigned() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}

type served struct {
	plugin.NetRPCUnsupportedPlugin
}

func (served) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	w := &wicked{}
	wire.RegisterPluginServer(server, w)
	wire.RegisterFilterServer(server, w)
	wire.RegisterTransformServer(server, w)
	return nil
}

func (served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("it is no host")
}

func main() {
	config := &plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "PLUGHOST_PLUGIN", MagicCookieValue: "1"},
		Plugins:         plugin.PluginSet{"plughost": served{}},
	}
	var intercept grpc.UnaryServerInterceptor
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "netrpc":
			plugin.Serve(config)
			return
		case "version":
			config.HandshakeConfig.ProtocolVersion = 7
		case "tls":
			config.TLSProvider = selfSigned
		case "unwell":
			intercept = unwell
		case "silent":
			intercept = silent
		}
	}
	config.GRPCServer = func(options []grpc.ServerOption) *grpc.Server {
		if intercept != nil {
			options = append(options, grpc.UnaryInterceptor(intercept))
		}
		return plugin.DefaultGRPCServer(options)
	}
	plugin.Serve(config)
}
