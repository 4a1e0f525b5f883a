// Makes the code for gRPC from the .proto files, in TypeScript, Go and Python. The results are tracked, because few who
// build have the tools: protoc comes with grpcio-tools of PyPI, protoc-gen-go and protoc-gen-go-grpc from the Go proxy.
// Run it after a change of a .proto file:
//
//   npm run generate:grpc
//
// test/remote/generated.test.ts compares the results where the tools can be installed.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = join(root, 'build/tools/grpc');

const PROTOC = 'grpcio-tools==1.85.1';
const GO_TOOLS = {
  'protoc-gen-go': 'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.10',
  'protoc-gen-go-grpc': 'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1',
};

/** Installs the tools that are missing. Throws when one cannot be had. */
export function installTools() {
  mkdirSync(tools, { recursive: true });
  const python = join(tools, 'python');
  if (!existsSync(join(python, 'bin/protoc-is-there'))) {
    execFileSync('python3', ['-m', 'venv', python], { stdio: 'pipe' });
    execFileSync(join(python, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', PROTOC], {
      stdio: 'pipe',
    });
    mkdirSync(join(python, 'bin/protoc-is-there'));
  }
  for (const [name, source] of Object.entries(GO_TOOLS)) {
    if (existsSync(join(tools, name))) continue;
    execFileSync('go', ['install', source], { env: { ...process.env, GOBIN: tools }, stdio: 'pipe' });
  }
}

/** The .proto files, and what is made of each: a plugin of protoc with its options, and the folder of its results. */
const CONTRACT = 'native/include/plughost/grpc';
const ES = ['es', 'target=ts,import_extension=js', 'src/remote/grpc'];
const MADE = [
  ['src/remote/grpc', 'launcher.proto', [ES]],
  [
    CONTRACT,
    'plughost.proto',
    [
      ES,
      ['go', 'paths=source_relative', 'plugins-go/plughost/wire'],
      ['go-grpc', 'paths=source_relative', 'plugins-go/plughost/wire'],
      ['python', '', 'plugins-python/plughost/src/plughost'],
      ['pyi', '', 'plugins-python/plughost/src/plughost'],
    ],
  ],
];

/** Makes everything. Returns the names of the results by their paths in the project, and the folder that holds them. */
export function generate() {
  const folder = mkdtempSync(join(tmpdir(), 'plughost-grpc-'));
  const plugins = [
    ['es', join(root, 'node_modules/.bin/protoc-gen-es')],
    ...Object.keys(GO_TOOLS).map((name) => [name.slice('protoc-gen-'.length), join(tools, name)]),
  ].map(([name, path]) => `--plugin=protoc-gen-${name}=${path}`);
  for (const [from, file, results] of MADE) {
    const out = results.flatMap(([name, options, to]) => {
      mkdirSync(join(folder, to), { recursive: true });
      return [`--${name}_out=${join(folder, to)}`, ...(options ? [`--${name}_opt=${options}`] : [])];
    });
    const words = ['-m', 'grpc_tools.protoc', '-I', join(root, from), ...plugins, ...out, file];
    execFileSync(join(tools, 'python/bin/python'), words, { stdio: 'pipe' });
  }
  const made = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return { folder, made };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  installTools();
  const { folder, made } = generate();
  for (const path of made) {
    cpSync(join(folder, path), join(root, path));
    console.log(path);
  }
  rmSync(folder, { recursive: true });
}
