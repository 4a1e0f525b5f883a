// From CommonJS, by import(): leaving a loop and a stream, awaiting results.
async function main() {
  const { lines, PipelineStream, webStream } = await import('../../dist/index.js');
  const { file, large, small } = await import('./parts.mjs');
  const batches = lines([file(large)]);
  for await (const batch of batches) {
    console.log(batch.text(0));
    break;
  }
  console.log((await batches.result).kept > 0);
  const stream = new PipelineStream({});
  stream.end(small);
  console.log((await stream.result).kept);
  const { readable, result } = webStream({});
  await readable.cancel();
  console.log((await result).kept);
}

main().then(() => console.log('over'));
// status: 0
// stdout: 0 a line of some words
// stdout: true
// stdout: 10
// stdout: 0
// stdout: over
