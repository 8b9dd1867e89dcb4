/*
 * request.h -- the request of a control client: one line.  Pure.
 *
 *	haild-control VERSION COMMAND [NAME=VALUE ...]\n
 *
 * Values are escaped as in record.h (vis(3)), so that they have no space.  The
 * fixed requests (protocol.h) have no values.
 */

#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_REQUEST_MAX 16384 /* bytes of the line */
#define CONTROL_IDS_MAX 1024	  /* session IDs of one request */
#define CONTROL_GROUPS_MAX 1024	  /* of a user */
#define CONTROL_WORDS_MAX 256	  /* words of a command to explain */

enum control_command {
	CONTROL_STATUS, /* all of them are fixed up to CONTROL_STOP */
	CONTROL_RELOAD,
	CONTROL_UPGRADE,
	CONTROL_STOP,
	CONTROL_SESSIONS, /* service */
	CONTROL_SOURCES,  /* service */
	CONTROL_KILL,	  /* id..., service, source or identity */
	CONTROL_DRAIN,	  /* service; wait */
	CONTROL_RESUME,	  /* service */
	CONTROL_LOG,	  /* level */
	/* service, address, identity or uid, the user's gid..., word... */
	CONTROL_EXPLAIN,
	CONTROL_COUNTS, /* what metrics need */
	NCONTROL_COMMANDS
};

struct control_request {
	unsigned int version; /* of the sender */
	enum control_command command;
	const char *service, *source, *identity, *address; /* or NULL */
	uint32_t ids[CONTROL_IDS_MAX];
	size_t nids;
	const char
	    *words[CONTROL_WORDS_MAX]; /* the command and its arguments */
	size_t nwords;
	bool has_uid;
	uid_t uid;
	bool wait; /* drain: answer when all sessions have ended */
	int level; /* of syslog(3) */
	gid_t gids[CONTROL_GROUPS_MAX]; /* of the user; first the primary one */
	size_t ngids;
};

/* The name of a command; COMMAND for a name, or NCONTROL_COMMANDS. */
const char *control_command_name(enum control_command command);
enum control_command control_command_find(const char *name);

/*
 * Whether only root and haild's own user may send it; the others are for the
 * members of control-group, too.
 */
bool control_command_acts(enum control_command command);

/*
 * Read LINE, without its newline, which is changed; the strings of R point into
 * it.  Values that the command does not have are errors.  Of a request of
 * another version that is not fixed, only version and command are set.
 *
 * Returns CONTROL_OK; CONTROL_USAGE or CONTROL_VERSION_DIFFERS with a sentence
 * in ERROR.
 */
int control_request_read(
    struct control_request *r, char *line, char *error, size_t size);

/*
 * Write R with its newline into BUF, which has CONTROL_REQUEST_MAX bytes.
 * Returns its length, or -1: it is too long.
 */
int control_request_print(const struct control_request *r, char *buf);

#endif
