/*
 * hail.h -- how hail ends.
 */

#ifndef HAIL_H
#define HAIL_H

/*
 * The exit status, as hail(1) says.  With a command it is the command's, and
 * HAIL_FAILED for everything else.
 */
enum hail_status {
	HAIL_ENDED = 0,	      /* the server ended the session */
	HAIL_USAGE = 1,	      /* wrong options or arguments */
	HAIL_UNRESOLVED = 2,  /* the host or the port has no address */
	HAIL_UNCONNECTED = 3, /* no address let us in */
	HAIL_TIMED_OUT = 4,   /* -w, -m or --idle-timeout */
	HAIL_BROKEN = 5,      /* the connection broke */
	HAIL_LOCAL = 6,	      /* standard input or output failed */
	HAIL_FAILED = 255,
};

#endif
