/*
 * handover.h -- the state that one image of the daemon leaves to the next.
 *
 * Text, a line for each thing, so that it can be read, compared and extended:
 *
 *	haild-state VERSION
 *	slots SERIAL
 *	hangups FD
 *	logger PID STARTED
 *	stats NAME ACCEPTED REFUSED FAILED READ-FD WRITE-FD
 *	listener FD DEV INO DUAL SERVICE WANTED BOUND
 *	datagram FD				(the one before is UDP)
 *	child SLOT SERIAL PID STARTED DEADLINE GRACE SIGNALS ENDING KEEP UID
 *	    SERVICE ADDRESS			(in one line)
 *	more SLOT OWN STARTING LATER CHANNEL-FD REFUSED QUIET
 *	loan FD PID				(who has that listener)
 *	ended SID
 *	rate NAME FULL-AT
 *	source SERVICE SOURCE FULL-AT
 *	proxied SLOT
 *	command SLOT NAME PROGRAM
 *	lost ALL SYSLOG-UNTOLD STDERR-UNTOLD	(log.h)
 *	end LINES
 *
 * Version 2 brought the last five: buckets that are not full, of services and
 * of sources ("-" for all services, "uid:1000" on a Unix socket), and the slots
 * of proxies that have not said who their client is; and who runs which command
 * ("-" for one that counts for none), as which process session, 0 for none;
 * and the messages that were lost, if any were.  How many sessions each source
 * has is not in it: that is counted anew.
 *
 * Words that can hold anything (paths) are written as vis(3) does, blanks
 * included; "-" is none.  Version 2 brought datagram, loan, and the ADDRESS
 * "wait" of who has a listener.  Times are clock_now's, which go on across
 * execve(2).
 */

#ifndef HANDOVER_H
#define HANDOVER_H

#include <stddef.h>
#include <stdio.h>

#include "haild/state.h"

/* The newest version that is known here, and the one that is written. */
#ifndef HANDOVER_VERSION
#define HANDOVER_VERSION 2
#endif

#define HANDOVER_MAX ((size_t)64 << 20) /* bytes */

/* Write the state of SERVER.  Returns 0, or -1 when OUT failed. */
int handover_write(const struct server *s, FILE *out);

/*
 * Fill SERVER, which server_init has made, from TEXT, which is changed.  The
 * descriptors are taken as numbers, not touched.
 *
 * Returns 0, or -1 with what is wrong, and its line, in ERROR.  SERVER is of no
 * use then.  Reads every version from 1 to HANDOVER_VERSION.
 */
int handover_read(struct server *s, char *text, char *error, size_t size);

#endif
