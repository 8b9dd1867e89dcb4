/*
 * fakeframes.h -- what fakeserver does with the frames of commands.
 *
 * Written from the description of the protocol, not with src/lib/nailgun.c,
 * which is among the things to test.  Each function ends the program when the
 * client does what it should not.
 */

#ifndef FAKEFRAMES_H
#define FAKEFRAMES_H

/* Send a frame: TYPE is a letter, TEXT its payload. */
void frame_send(int fd, const char *type, const char *text);

/*
 * Send the exit status, and wait until the client closes.  Who closes with
 * heartbeats unread causes a reset, and the client may lose what came before.
 */
void frame_send_exit(int fd, const char *status);

/* Send a file in frames of TYPE. */
void frames_send_file(int fd, const char *type, const char *name);

/* Write what comes up to the command into a file, a line "T payload" each. */
void frames_save_request(int fd, const char *name);

/*
 * Ask for standard input, one frame at a time, and write it into a file or
 * send it back as standard output, until it ends.
 */
void frames_save_input(int fd, const char *name);
void frames_echo(int fd);

/* Ask for COUNT frames of standard input at once. */
void frames_ask(int fd, const char *count);

/* Read one frame other than a heartbeat: TYPE with TEXT in it. */
void frame_expect(int fd, const char *type, const char *text);

/* Read COUNT heartbeats, and nothing else. */
void frames_expect_beats(int fd, const char *count);

#endif
