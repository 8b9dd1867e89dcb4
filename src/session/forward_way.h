/*
 * forward_way.h -- one direction of a forwarding session.
 *
 * A way reads only when it has written all that it has read.  So it holds at
 * most one buffer or pipe of data, and none when its source ends.
 *
 * It copies through a buffer first, and after many bytes with splice(2) through
 * a pipe, if the sockets allow that.
 */

#ifndef FORWARD_WAY_H
#define FORWARD_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAY_BUFFER 65536

enum way_state {
	WAY_OPEN,
	WAY_CLOSED, /* all is written, and the end was passed on */
	WAY_CUT,    /* no end was passed on */
};

struct way {
	int from, to;	 /* stream sockets that do not block */
	char *buf;	 /* WAY_BUFFER bytes */
	uint64_t *count; /* of the bytes written */
	enum way_state state;
	bool broken;	   /* FROM has failed: its end is not one to pass on */
	bool hurry;	   /* cut it when nothing more can be read at once */
	size_t start, end; /* of the part of BUF that is not written yet */
	unsigned int long_reads; /* into BUF, so far */
	bool splices;
	int pipe[2];
	size_t piped; /* bytes in it */
};

enum way_result {
	WAY_PAUSE,	   /* nothing was moved */
	WAY_MOVED,	   /* bytes, or the end */
	WAY_SOURCE_FAILED, /* FROM failed (errno); all is written */
	WAY_SINK_FAILED,   /* TO failed (errno) */
};

/* Move bytes until a socket is not ready, or for a while. */
enum way_result way_step(struct way *w);

/* Whether it waits until FROM is readable, or until TO is writable. */
bool way_reads(const struct way *w);
bool way_writes(const struct way *w);

/* Move nothing more, and pass no end on. */
void way_cut(struct way *w);

#endif
