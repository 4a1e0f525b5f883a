/** Returns how many rows a stage has read from lines: those that have the format of its parser, and are not skipped. */
export const rowsOf = ({
  linesIn,
  linesSkipped,
  linesUnfit,
}: {
  linesIn: number;
  linesSkipped: number;
  linesUnfit: number;
}): number => linesIn - linesSkipped - linesUnfit;
