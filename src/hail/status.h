/*
 * status.h -- exit statuses.
 */

#ifndef STATUS_H
#define STATUS_H

/*
 * The exit statuses of hail(1) without a command.  With one, hail exits with
 * the command's status, or HAIL_FAILED.
 */
enum hail_status {
	HAIL_ENDED = 0,	      /* the server ended the session in order */
	HAIL_USAGE = 1,	      /* wrong options or arguments */
	HAIL_UNRESOLVED = 2,  /* the host or the port has no address */
	HAIL_UNCONNECTED = 3, /* no address accepted the connection */
	HAIL_TIMED_OUT = 4,   /* -w, -m or --idle-timeout */
	HAIL_BROKEN = 5,      /* the connection was lost */
	HAIL_LOCAL = 6,	      /* standard input or output failed */
	HAIL_FAILED = 255,
};

#endif
