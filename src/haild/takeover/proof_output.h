/*
 * proof_output.h -- what a proof (upgrade.h) writes to its standard error, so
 * that an administrator learns what the new program lacks: also what ld.so(8)
 * says, or a program that is not haild.
 */

#ifndef PROOF_OUTPUT_H
#define PROOF_OUTPUT_H

/*
 * Make a file for it, of a fixed size: a program that is not haild cannot fill
 * the memory.  Returns it, or 0 (logged).
 */
int proof_output_make(void);

/* Log each line of the file FD (0: none) as an error. */
void proof_output_log(int fd);

#endif
