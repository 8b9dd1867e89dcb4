/*
 * speaker_input.h -- from the client to the monitor and the program.
 */

#ifndef SPEAKER_INPUT_H
#define SPEAKER_INPUT_H

#include "commands/speaker_state.h"

/* Read what the client has sent, and decode it. */
void speaker_read_client(struct speaker *s);

/* Decode what was read, as far as it can be used now. */
void speaker_decode(struct speaker *s);

/* Write input that waits to the program; discard it if that reads no more. */
void speaker_write_input(struct speaker *s);

#endif
