/*
 * tlsfuzz.h -- handshakes that stop half way, and records that are changed.
 */

#ifndef TLSFUZZ_H
#define TLSFUZZ_H

/* Send "nothing", the first "half" of a ClientHello, or "all" of it, to FD. */
void tlsfuzz_hello(int fd, const char *part);

/*
 * COUNT times do a handshake, send a little, and close, with one of the
 * client's records changed, as SEED says.  Prints the seed, and how many of the
 * handshakes were complete.  Returns 0.
 */
int tlsfuzz_run(const char *where, unsigned long seed, unsigned long count);

#endif
