const started = Date.now();
const isTerminal = process.stdout.isTTY && process.env.TERM !== 'dumb';

/** Milliseconds between two looks at how far a step is, on a terminal and elsewhere. */
const EVERY = isTerminal ? 200 : 15_000;

const secondsSince = (time) => (Date.now() - time) / 1000;
const stamp = () => `[${secondsSince(started).toFixed(0).padStart(4)} s]`;

/**
 * Does a step of a script and returns its result. Prints when it starts, how far it is, and how long it took, with the time
 * since the script began. If the step fails, prints why and ends this process with status 1.
 * @param work gets a function that takes lines of progress
 */
export async function step(title, work) {
  const began = Date.now();
  let last = '';
  let shown = '';
  const draw = () => {
    const text = `${stamp()} ${title}, ${secondsSince(began).toFixed(0)} s${last && `: ${last}`}`;
    if (isTerminal) process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
    else if (last !== shown) console.log(text);
    shown = last;
  };
  if (isTerminal) draw();
  else console.log(`${stamp()} ${title}`);
  const timer = setInterval(draw, EVERY);
  try {
    const result = await work((line) => {
      last = line;
    });
    end(`${stamp()} ${title}: done in ${secondsSince(began).toFixed(1)} s`);
    return result;
  } catch (error) {
    end(`${stamp()} ${title}: failed after ${secondsSince(began).toFixed(1)} s`);
    console.error(error.message);
    process.exit(1);
  } finally {
    clearInterval(timer);
  }
}

function end(text) {
  if (isTerminal) process.stdout.write('\r\x1b[K');
  console.log(text);
}
