/*
 * protocol.h -- what haildctl and haild have in common: the socket, the version
 * of requests and answers, and the statuses.
 *
 * haildctl sends one line (request.h) and gets one text (answer.h), and then
 * the daemon closes the connection.  The socket is a SOCK_STREAM of unix(7).
 */

#ifndef CONTROL_PROTOCOL_H
#define CONTROL_PROTOCOL_H

#define CONTROL_SOCKET RUNSTATEDIR "/haild/control.sock"

/*
 * Requests of another version are refused with CONTROL_VERSION_DIFFERS, except
 * the fixed ones: status, reload, upgrade and stop, whose line, and the records
 * "haild", "message" and "result" of whose answer, never change.
 */
#ifndef CONTROL_VERSION
#define CONTROL_VERSION 1
#endif

/* Statuses of a result, which haildctl exits with. */
enum control_status {
	CONTROL_OK = 0,
	CONTROL_FAILED = 1,    /* the text tells why */
	CONTROL_USAGE = 2,     /* an invalid request */
	CONTROL_NOT_FOUND = 3, /* a service, session, source or identity */
	CONTROL_DENIED = 4,    /* permission denied */
	CONTROL_ABSENT = 5,    /* no daemon answers on the socket */
	CONTROL_VERSION_DIFFERS = 6,
	CONTROL_BUSY = 7,    /* too many requests at once */
	CONTROL_LATE = 8,    /* no answer before the timeout */
	CONTROL_REFUSED = 9, /* explain: the client would be refused, or wait */
};

#endif
