import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, include, makeScratch, noCompiler, pluginSource } from '../../helpers/compile.js';
import { withoutCall } from '../../helpers/without-call.js';
import { exec, HOST, host, seen } from '../command.js';

// Skipped under a sanitizer, which makes calls that the sandbox refuses.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();
const LANDLOCK_CREATE_RULESET = 444;
// All plugins of this file share this beginning.
const GNU = ['-D_GNU_SOURCE', '-Wno-unused-variable'];

/** Returns C statements that try an operation and print `NAME refused` or `NAME DONE`. */
const attempts = (all: Record<string, string>) =>
  Object.entries(all)
    .map(
      ([name, attempt]) => `errno = 0;
        { const long result = ${attempt};
          n += (size_t)snprintf(told + n, sizeof told - n, "${name} %s\\n",
            result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS || errno == ENOTTY) ? "refused" : "DONE"); }`,
    )
    .join('\n');

const HEAD = `#include <errno.h>
  #include <fcntl.h>
  #include <sched.h>
  #include <signal.h>
  #include <stdio.h>
  #include <sys/ioctl.h>
  #include <sys/resource.h>
  #include <sys/socket.h>
  #include <sys/syscall.h>
  #include <unistd.h>
  static char told[4096];
  static size_t n;
  static int file;`;

describe.skipIf(sanitized || noCompiler)('the policy of the sandbox', () => {
  it('does not grant files where the kernel cannot keep them apart', async () => {
    const plugin = compile(folder, 'plain', pluginSource());
    const command = [HOST, 'load', plugin, '--sandbox'];
    const [program = '', ...rest] = withoutCall(folder, LANDLOCK_CREATE_RULESET, constants.errno.ENOSYS, command);
    const without = await exec(program, rest);
    expect(without.stdout.toString()).toBe('Test\ndone\n');
    expect(without.stderr).toMatch(/the kernel has no Landlock: while the plugin is loaded/);
    for (const grant of [`read:${folder}`, `write:${folder}`]) {
      expect(seen(await exec(program, [...rest, '--grant', grant]))).toEqual({
        status: 2,
        stdout: '',
        stderr: expect.stringMatching(/put up the sandbox: the kernel has no Landlock, so what is granted of files/),
      });
      expect((await exec(program, [...rest, '--grant', 'threads'])).status).toBe(0);
    }
  });

  describe.each(['run', 'init'] as const)('in %s', (at) => {
    const plugin = (name: string, tries: Record<string, string>) => {
      const body = attempts(tries);
      const parts =
        at === 'run'
          ? { run: `${body} return plug_put(out, told);` }
          : {
              init: `(void)plugin, (void)host, (void)config, (void)error; ${body} return PLUG_OK;`,
              run: 'return plug_put(out, told);',
            };
      return compile(folder, `${name}-${at}`, pluginSource({ head: HEAD, ...parts }), GNU);
    };
    const outcomes = (output: Buffer) => output.toString().trim().split('\n').slice(1);

    it('lets no open file reach another process', async () => {
      const file = join(folder, 'words');
      writeFileSync(file, 'words\n');
      const tries = {
        open: `(file = open("${file}", O_RDONLY))`,
        owner: 'fcntl(file, F_SETOWN, getppid())',
        'owner-ex': '({ struct f_owner_ex to = {F_OWNER_PID, getppid()}; fcntl(file, F_SETOWN_EX, &to); })',
        signal: 'fcntl(file, F_SETSIG, SIGUSR1)',
        asynchronous: 'fcntl(file, F_SETFL, O_ASYNC)',
        lease: 'fcntl(file, F_SETLEASE, F_RDLCK)',
        notify: 'fcntl(file, F_NOTIFY, DN_MODIFY | DN_MULTISHOT)',
        'pipe-size': 'fcntl(1, F_SETPIPE_SZ, 1 << 20)',
        lock: '({ struct flock lock = {.l_type = F_RDLCK}; fcntl(file, F_SETLK, &lock); })',
        'ioctl-asynchronous': '({ int on = 1; ioctl(file, FIOASYNC, &on); })',
        flags: 'fcntl(file, F_GETFL)',
        nonblocking: 'fcntl(file, F_SETFL, O_NONBLOCK)',
        duplicate: 'fcntl(file, F_DUPFD_CLOEXEC, 0)',
      };
      const source = plugin('descriptors', tries);
      const outcome = await host(['load', source, '--sandbox', '--grant', `read:${file}`]);
      expect(outcomes(outcome.stdout)).toEqual(
        Object.keys(tries).map((name) =>
          ['open', 'flags', 'nonblocking', 'duplicate'].includes(name) ? `${name} DONE` : `${name} refused`,
        ),
      );
      expect(outcome.stderr).toMatch(/the sandbox refused fcntl, called by/);
    });

    it('sets no policy of scheduling, of any process', async () => {
      const tries = Object.fromEntries(
        ['0', 'getpid()', 'getppid()', '1'].map((pid, i) => [
          `scheduler-${i}`,
          `({ struct sched_param none = {0}; sched_setscheduler(${pid}, SCHED_IDLE, &none); })`,
        ]),
      );
      const more = {
        parameters: '({ struct sched_param none = {0}; sched_setparam(getppid(), &none); })',
        attributes:
          '({ struct { unsigned size, policy; } with = {48, 5}; syscall(SYS_sched_setattr, getppid(), &with, 0); })',
        priority: 'setpriority(PRIO_PROCESS, (id_t)getppid(), 19)',
        affinity:
          '({ cpu_set_t one; CPU_ZERO(&one); CPU_SET(0, &one); sched_setaffinity(getppid(), sizeof one, &one); })',
      };
      const source = plugin('scheduling', { ...tries, ...more });
      const outcome = await host(['load', source, '--sandbox', '--grant', 'threads']);
      expect(outcomes(outcome.stdout)).toEqual(
        [...Object.keys(tries), ...Object.keys(more)].map((name) => `${name} refused`),
      );
    });

    it('cuts no file that may only be read', async () => {
      const data = join(folder, `data-${at}`);
      mkdirSync(data);
      const file = join(folder, `kept-${at}`);
      writeFileSync(file, 'still here\n');
      const source = plugin('cut', {
        cut: `open("${file}", O_RDONLY | O_TRUNC)`,
        'cut-at': `syscall(SYS_openat, AT_FDCWD, "${file}", O_RDONLY | O_TRUNC)`,
        write: `open("${data}/written", O_WRONLY | O_CREAT | O_TRUNC, 0600)`,
      });
      const grants = ['--grant', `read:${file}`, '--grant', `write:${data}`];
      const outcome = await host(['load', source, '--sandbox', ...grants]);
      expect(outcomes(outcome.stdout)).toEqual(['cut refused', 'cut-at refused', 'write DONE']);
      expect(outcome.stderr).toMatch(/the sandbox refused openat/);
      expect(readFileSync(file, 'utf8')).toBe('still here\n');
    });

    it('reports each call of each caller once', async () => {
      const again = 'for (int i = 0; i < 1000; i++) socket(AF_INET, SOCK_STREAM, 0);';
      const body = `${again} ${again} kill(getppid(), 0);`;
      const parts =
        at === 'run'
          ? { run: `${body} return plug_put(out, "done");` }
          : { init: `(void)plugin, (void)host, (void)config, (void)error; ${body} return PLUG_OK;` };
      const source = compile(folder, `again-${at}`, pluginSource({ head: HEAD, ...parts }), GNU);
      const outcome = await host(['load', source, '--sandbox']);
      expect(outcome.stdout.toString()).toBe('Test\ndone\n');
      const named = outcome.stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(/, called by .*/, ''));
      const refused = `host: again-${at}: warning: the sandbox refused`;
      expect(named).toEqual([`${refused} socket`, `${refused} socket`, `${refused} kill`]);
    });
  });

  it('keeps the handler that reports refusals', async () => {
    const source = compile(
      folder,
      'silencer',
      pluginSource({
        head: `${HEAD}
          static void silent(int number) { (void)number; }`,
        init: `(void)plugin, (void)host, (void)config, (void)error;
          struct sigaction action = {0};
          action.sa_handler = silent;
          const int taken = sigaction(SIGSYS, &action, NULL) == 0 || signal(SIGSYS, SIG_IGN) != SIG_ERR;
          const int other = sigaction(SIGUSR1, &action, NULL) == 0;
          socket(AF_INET, SOCK_STREAM, 0);
          snprintf(told, sizeof told, "%s %s", taken ? "taken" : "kept", other ? "others" : "none");
          return PLUG_OK;`,
        run: 'return plug_put(out, told);',
      }),
      GNU,
    );
    const outcome = await host(['load', source, '--sandbox']);
    expect(outcome.stdout.toString()).toBe('Test\nkept others\n');
    expect(outcome.stderr).toMatch(/the sandbox refused rt_sigaction, called by/);
    expect(outcome.stderr).toMatch(/the sandbox refused socket, called by/);
  });

  it('still lets a thread end itself, which the C library loads a library for', async () => {
    const source = compile(
      folder,
      'ends',
      pluginSource({
        head: `#include <pthread.h>
          static void *work(void *argument) { pthread_exit(argument); return NULL; }`,
        run: `pthread_t thread; void *result = NULL;
          if (pthread_create(&thread, NULL, work, out) != 0) return plug_put(out, "refused");
          pthread_join(thread, &result);
          return plug_put(out, result == out ? "ended" : "lost");`,
      }),
      ['-pthread'],
    );
    for (const boundary of [['--isolate'], ['--sandbox', '--grant', 'threads']]) {
      expect(seen(await host(['load', source, ...boundary]))).toEqual({
        status: 0,
        stdout: 'Test\nended\n',
        stderr: '',
      });
    }
  });

  it('is up before anything of a library runs that is only found by its name', async () => {
    const path = join(folder, 'path');
    const note = join(folder, 'note');
    mkdirSync(path);
    const code = join(folder, 'unwinder.c');
    writeFileSync(
      code,
      `#include <fcntl.h>
      __attribute__((constructor)) static void run(void) { open("${note}", O_WRONLY | O_CREAT, 0600); }`,
    );
    for (const name of ['libgcc_s.so.1', 'libm.so.6', 'libc.so.6'])
      execFileSync('cc', ['-shared', '-fPIC', '-nostdlib', '-o', join(path, name), code]);
    const plugin = compile(folder, 'plain', pluginSource());
    // Set by the script itself, because Node needs the real one to start.
    const script = `import { loadPlugin } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/index.js'))};
      process.env.LD_LIBRARY_PATH = ${JSON.stringify(path)};
      const isolate = process.argv[1] === 'sandbox' ? { sandbox: true } : true;
      console.log(loadPlugin(${JSON.stringify(plugin)}, { isolate }).run());`;
    const outcome = spawnSync(process.execPath, ['--input-type=module', '-e', script, 'sandbox']);
    expect(outcome.stdout.toString()).toBe('done\n');
    expect(existsSync(note)).toBe(false);
  });
});

describe.skipIf(sanitized || noCompiler)('a plugin that may write in the sandbox', () => {
  it('cannot put something else in the place of what was granted', async () => {
    const data = join(folder, 'theirs');
    const secrets = join(folder, 'secrets');
    for (const place of [data, join(data, 'in'), secrets]) mkdirSync(place);
    writeFileSync(join(data, 'in/words'), 'granted\n');
    writeFileSync(join(secrets, 'words'), 'secret\n');
    symlinkSync(secrets, join(data, 'link'));
    // Each line is a call. If it crashes, the host starts the process again.
    const source = compile(
      folder,
      'mover',
      pluginSource({
        head: '#include <fcntl.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n#include <errno.h>',
        run: `if (access("${data}/link", F_OK) == 0 || errno == EACCES) {
            if (rename("${data}/in", "${data}/out") == 0 && rename("${data}/link", "${data}/in") == 0) abort();
          }
          char text[64] = {0};
          int file = open("${data}/in/words", O_RDONLY);
          if (file < 0 || read(file, text, 60) < 0) return plug_put(out, "refused");
          return plug_put(out, text);`,
      }),
    );
    const script = `import { loadPlugin } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/index.js'))};
      const grant = { read: [${JSON.stringify(join(data, 'in'))}], write: [${JSON.stringify(data)}] };
      const plugin = loadPlugin(${JSON.stringify(source)}, { isolate: { sandbox: true, grant } });
      for (let i = 0; i < 2; i++) try { console.log(plugin.run()); } catch ({ code, message }) { console.log(code, message); }`;
    const outcome = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    const [first, second] = outcome.stdout.toString().trim().split('\n');
    expect(first).toMatch(/^ERR_PLUGIN_FAULT .*SIGABRT/);
    expect(second).toMatch(/^ERR_SANDBOX .*what was granted is not there any more, or something else is in its place/);
  });
});

describe.skipIf(sanitized || noCompiler)('an isolated plugin', () => {
  it('that kills its process while it starts has the time of one start', async () => {
    const source = compile(
      folder,
      'killer',
      pluginSource({
        head: '#include <signal.h>\n#include <time.h>\n#include <unistd.h>',
        init: `(void)plugin, (void)host, (void)config, (void)error;
          struct timespec wait = {4, 0};
          nanosleep(&wait, NULL);
          return kill(getpid(), SIGKILL), PLUG_OK;`,
      }),
    );
    const start = performance.now();
    const outcome = await host(['load', source, '--isolate']);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/init: (its process was killed|it did not answer in time)/);
    // Eight starts with a full time limit of four seconds each would take longer than this.
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it('that logs without end is heard at its beginning, and now and then', async () => {
    const source = compile(
      folder,
      'talker',
      pluginSource({
        head: '#include <stdio.h>\nstatic const plug_host *kept;',
        init: '(void)plugin, (void)config, (void)error; kept = host; return PLUG_OK;',
        run: `static int round; char text[32];
          for (int i = 0; i < 100; i++) {
            const int length = snprintf(text, sizeof text, "message %d", 100 * round + i);
            kept->log(kept, PLUG_LOG_INFO, (plug_bytes){(const uint8_t *)text, (uint64_t)length});
          }
          round++;
          return plug_put(out, "done");`,
      }),
    );
    const script = `import { loadPlugin, onPluginLog } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/index.js'))};
      let heard = 0, leftOut = 0;
      onPluginLog(({ message }) => message.includes('left out') ? leftOut++ : heard++);
      const plugin = loadPlugin(${JSON.stringify(source)}, { isolate: true });
      for (let i = 0; i < 100; i++) plugin.run();
      console.log(JSON.stringify({ heard, leftOut }));`;
    const outcome = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    const { heard } = JSON.parse(outcome.stdout.toString()) as { heard: number };
    expect(heard).toBeGreaterThanOrEqual(1000);
    // The plugin logs ten thousand; the allowance is a thousand and ten more for each second.
    expect(heard).toBeLessThan(3000);
  });
});

const noGo = spawnSync('go', ['version']).status !== 0 ? 'there is no Go' : noCompiler;

describe.skipIf(sanitized || noGo)(`a plugin written in Go${noGo ? ` (skipped: ${noGo})` : ''}`, () => {
  const project = join(folder, 'go');
  const library = join(project, 'libgo.so');

  it('works in the process, isolated, and in a sandbox that grants threads', async () => {
    mkdirSync(project);
    writeFileSync(join(project, 'go.mod'), 'module example\n\ngo 1.21\n');
    writeFileSync(
      join(project, 'main.go'),
      `package main

/*
#include <plughost/plughost.h>
#include <stdlib.h>
static const char *name(const plug_plugin *plugin) { return (void)plugin, "Go"; }
extern int32_t run_in_go(plug_plugin *plugin, plug_ctx *ctx, plug_sink *out, plug_error *error);
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return run_in_go(plugin, (plug_ctx *)ctx, out, error);
}
static int32_t put(plug_sink *out, const void *data, uint64_t len) { return out->write(out, data, len); }
static void destroy(plug_plugin *plugin) { free(plugin); }
static plug_plugin *make(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin) *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy};
  return plugin;
}
*/
import "C"
import "unsafe"

//export NewPlugin
func NewPlugin() *C.plug_plugin { return C.make() }

//export run_in_go
func run_in_go(plugin *C.plug_plugin, ctx *C.plug_ctx, out *C.plug_sink, failure *C.plug_error) C.int32_t {
	texts := make(chan string)
	go func() { texts <- "from a goroutine" }()
	text := []byte(<-texts)
	return C.put(out, unsafe.Pointer(&text[0]), C.uint64_t(len(text)))
}

func main() {}
`,
    );
    const environment = { ...process.env, CGO_CFLAGS: `-I${include}`, GOFLAGS: '-mod=mod' };
    execFileSync('go', ['build', '-buildmode=c-shared', '-o', library, '.'], { cwd: project, env: environment });
    for (const boundary of [[], ['--isolate'], ['--sandbox', '--grant', 'threads']]) {
      const outcome = await host(['load', library, ...boundary]);
      expect({ status: outcome.status, stdout: outcome.stdout.toString() }).toEqual({
        status: 0,
        stdout: 'Go\nfrom a goroutine\n',
      });
    }
  });

  it('is told what it needs when the sandbox grants no threads', async () => {
    const outcome = await host(['load', library, '--sandbox']);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/plugin go: load \(a constructor of the library\): it crashed with SIGABRT/);
    expect(outcome.stderr).toMatch(
      /before that the sandbox refused pthread_create; if you trust it with that: --grant threads/,
    );
    expect(outcome.stderr.match(/refused pthread_create, called by/g)).toHaveLength(1);
  });
});
