/*
 * scan.h -- what libconfig would accept silently.  Pure.
 */

#ifndef SCAN_H
#define SCAN_H

/*
 * Find in TEXT what libconfig would accept silently.  Version 1.5 opens
 * whatever @include names (and waits for a FIFO), cuts whole numbers to 32
 * bits, ends a string at "\x00", and takes a comment or a string that is never
 * closed for the rest of the file.  Returns NULL if there is nothing of the
 * kind, else the error, with its line, from 1, in *LINE.
 */
const char *scan_text(const char *text, int *line);

#endif
