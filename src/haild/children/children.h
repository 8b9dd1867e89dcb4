/*
 * children.h -- the table of live children.
 *
 * One slot per child, reserved before fork(2).  A slot holds what it needs of
 * its service: it outlives a reload.  Deadlines are queues, not trees: within a
 * service they come in the order of their start.
 *
 * The table is the daemon's alone (pages_map_own): in a child it is not mapped.
 * So no session has what it says of other clients, and no fork copies the pages
 * of thousands of idle sessions.
 */

#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "haild/admission/sources.h"
#include "lib/addr.h"

struct client;
struct service;
struct service_stats;

/* Why a session was ended, if it did not end by itself. */
enum ending {
	ENDED_ITSELF,
	ENDED_TIMEOUT, /* session-timeout */
	ENDED_DISCONNECT,
	ENDED_STOP,
	ENDED_START,	  /* never ready */
	ENDED_MISBEHAVED, /* not the records that its channel may have */
	ENDED_LAST = ENDED_MISBEHAVED
};

/*
 * By pid; a power of two.  Process IDs are given out in turn, so that in time
 * every page of these is written to: they are few (16), and chains have 8 slots
 * when every one is used.
 */
#define CHILDREN_BUCKETS ((size_t)8192)

struct child {
	TAILQ_ENTRY(child) queue; /* of the stats, when deadline != 0 */
	struct child *hash_next;
	struct child *free_next;
	struct service_stats *stats;
	struct command_count *command; /* that it runs, or NULL */
	int64_t started;
	int64_t deadline; /* 0: none */
	int64_t later;	  /* the deadline when it is ready; 0: none */
	int64_t grace;	  /* between two signals, ns */
	pid_t pid;	  /* process group and session too; 0: reserved */
	pid_t program;	  /* of that command, a process session; 0: none */
	uint32_t serial;  /* tells this use of the slot from others */
	uint8_t signals;  /* the next of the signals that end it */
	uint8_t ending;	  /* enum ending */
	bool keep;	  /* leave what it leaves behind alone */
	bool starting;	  /* has a channel (channel.h), and is not ready */
	bool own;	  /* never a program: its status is session.h's */
	bool refused;	  /* after all: it is in the log already */
	bool quiet;	  /* nobody's session: not worth a line */
	int channel;	  /* the daemon's end; 0: none */
	bool proxied;	  /* by one who has not said who the client is */
	uid_t uid;	  /* the client's, on a Unix socket */
	struct source_refs refs;
	struct addr addr; /* the client's; AF_UNSPEC: none, it has a listener */
};
TAILQ_HEAD(child_queue, child);

#define CHILDREN_YOUNG 128 /* twice what a turn takes from one listener */

struct children {
	struct child *slots;
	struct child **buckets; /* by pid */
	struct child *free;
	uint32_t used; /* slots that were ever used */
	uint32_t live;
	uint32_t serial;
	uint32_t young[CHILDREN_YOUNG]; /* the slots that started last */
	uint32_t next_young;
};

/* Returns 0, or -1 with errno. */
int children_create(struct children *all);

/* A slot, counted already; NULL when all SESSIONS_MAX are used. */
struct child *children_reserve(struct children *all,
    const struct service *service, struct service_stats *stats,
    const struct client *client, const struct source_refs *refs, int64_t now);

/* fork(2) failed: give the slot back. */
void children_release(struct children *all, struct child *c);

/* fork(2) succeeded. */
void children_started(
    struct children *all, struct child *c, pid_t pid, int64_t session_timeout);

/*
 * It started, and must be ready by DEADLINE (-1 is never) or by that of the
 * session; children_ready says that it is.
 */
void children_expect(struct child *c, int64_t deadline);
void children_ready(struct child *c);

/* The pids of those that started last, for I below CHILDREN_YOUNG; 0: ended. */
pid_t children_young(const struct children *all, unsigned int i);

/* The live child of that pid, or NULL. */
struct child *children_find(const struct children *all, pid_t pid);

/* The one in slot INDEX if it is still the use that had SERIAL, or NULL. */
struct child *children_at(
    const struct children *all, uint32_t index, uint32_t serial);

/*
 * A slot as another image of the daemon had it (takeover/state.h): everything but its
 * links comes from FROM.  Returns 0, or -1 when that cannot be: there is no
 * such slot, or it or the pid is in use.  children_restored must follow the
 * last one, and queues those that have a deadline: 0, or -1 with errno.
 */
int children_restore(
    struct children *all, uint32_t index, const struct child *from);
int children_restored(struct children *all, uint32_t serial);

/*
 * It has exited and is about to be reaped: take its slot back.  The zombie
 * still holds the pid, so its process group can be killed safely: done here,
 * unless the service keeps leftovers.
 */
void children_exited(struct children *all, struct child *c);

/*
 * Begin to end a session: the first signal now, the next ones after each
 * grace, the last is SIGKILL.  Nothing if it is being ended already.
 */
void children_end(struct child *c, enum ending why, int64_t now);

/* The same for all. */
void children_end_all(struct children *all, enum ending why, int64_t now);

/* The same for those without a client: of services with "wait". */
void children_end_servers(struct children *all, enum ending why, int64_t now);

/* SIGKILL for all, whatever grace they still have. */
void children_kill_all(struct children *all);

/* Do what is due in the queues of STATS. */
void children_expire(struct service_stats *stats, int64_t now);

/* When something is due there next; -1 for never. */
int64_t children_next_deadline(const struct service_stats *stats);

#endif
