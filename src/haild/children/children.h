/*
 * children.h -- the table of live children.
 *
 * One slot per child, reserved before fork(2).  A slot copies what it needs of
 * its service, since it outlives a reload.  Deadlines are kept in queues, not
 * trees: within a service they come in the order in which sessions start.
 *
 * The table is not mapped in a child (pages_map_own): a session cannot read
 * about other clients, and a fork does not copy the pages of idle sessions.
 */

#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "haild/admission/admit.h"
#include "lib/addr.h"
#include "lib/outcome.h"
#include "lib/pages.h"

struct service_stats;

/* Chains by pid, a power of two; 16 pages, all written to in time. */
#define CHILDREN_BUCKETS ((size_t)8192)

struct child {
	TAILQ_ENTRY(child) queue; /* of stats, while deadline != 0 */
	struct child *hash_next;
	struct child *free_next;
	struct service_stats *stats;
	struct command_count *command; /* the one it runs, or NULL */
	int64_t started;
	int64_t deadline; /* 0: none */
	int64_t later;	  /* the deadline once it is ready; 0: none */
	int64_t grace;	  /* between two signals, ns */
	pid_t pid;	  /* also its process group and session; 0: reserved */
	pid_t program;	  /* the command's process session; 0: none */
	uint32_t serial;  /* differs for each use of the slot */
	uint8_t signals;  /* the next step of process_end_step */
	uint8_t ending;	  /* why haild ended it, or will once it has a pid: */
			  /* enum outcome_kind, or 0 */
	bool keep;	  /* do not kill leftovers */
	bool lingers;	  /* linger_hold has its client's socket */
	bool starting;	  /* has a channel and is not ready */
	bool own;	  /* no program: its exit status is session.h's */
	bool monitor;	  /* of commands: sends a REPORT before it exits */
	bool refused;	  /* after the fork, and logged as such */
	bool quiet;	  /* a health check: not logged */
	bool unreapable;  /* its session is over (children_abandon) */
	int channel;	  /* the daemon's end; 0: none */
	bool proxied;	  /* the proxy has not announced its client */
	bool handshake;	  /* during the TLS handshake: pid is the relay's */
	bool truncated;	  /* the client closed TLS without close_notify */
	bool identified;  /* has an entry in identities below */
	bool has_bytes;	  /* bytes_in and bytes_out are known */
	bool init;	  /* pid is the init of a PID namespace */
	uint32_t relay;	  /* index of its relay (relays.h) + 1; 0: none */
	uid_t uid;	  /* the client's, on a Unix socket */
	/*
	 * What contains it, [0], and the command's program, [1]: its leaf
	 * cgroup (containment/leaves.h) + 1, and its uid of a pool
	 * (containment/uids.h); 0: none.
	 */
	uint32_t leaves[2];
	uid_t uids[2];
	uint64_t bytes_in, bytes_out; /* from and to the client, relayed */
	int64_t counts_full_at;	      /* a bucket of messages with these */
	struct source_refs refs;
	struct addr addr; /* the client's; AF_UNSPEC: a wait service */
};
#define CHILDREN_YOUNG 128 /* twice the accepts of one listener in a turn */

struct children {
	struct child *slots;
	char (*identities)[IDENTITY_SIZE]; /* by slot; see identified */
	struct child **buckets;		   /* by pid */
	struct child *free;
	uint32_t used; /* slots used so far */
	uint32_t live;
	uint32_t unreapable; /* of these */
	uint32_t serial;
	uint32_t young[CHILDREN_YOUNG]; /* the slots started last */
	uint32_t next_young;
	struct pages_rest rest;
};

/* Returns 0, or -1 with errno. */
int children_create(struct children *all);

/* Reserve and count a slot; NULL when all SESSIONS_MAX are used. */
struct child *children_reserve(struct children *all,
    const struct service *service, struct service_stats *stats,
    const struct client *client, const struct source_refs *refs, int64_t now);

/* fork(2) failed: free the slot. */
void children_release(struct children *all, struct child *c);

/* fork(2) succeeded. */
void children_started(
    struct children *all, struct child *c, pid_t pid, int64_t session_timeout);

/*
 * The handshake of C is over, and its session runs in PID.  SERVICE is as
 * configured now.
 */
void children_proved(struct children *all, struct child *c,
    const struct service *service, pid_t pid);

/* Copy the identity of C's client; NULL: none. */
void children_identify(
    struct children *all, struct child *c, const char *identity);
const char *children_identity(
    const struct children *all, const struct child *c);

/* C must be ready by DEADLINE (-1: none) or by that of its session. */
void children_expect(struct child *c, int64_t deadline);
void children_ready(struct child *c);

/* The pid of the I-th (< CHILDREN_YOUNG) last started; 0: it has ended. */
pid_t children_young(const struct children *all, unsigned int i);

/* The live child with that pid, or NULL. */
struct child *children_find(const struct children *all, pid_t pid);

/* The child in slot INDEX if it still has SERIAL, or NULL. */
struct child *children_at(
    const struct children *all, uint32_t index, uint32_t serial);

/*
 * After an upgrade: fill slot INDEX with FROM, but for its links.  Returns -1
 * if there is no such slot, or it or the pid is in use.  After the last slot
 * children_restored queues those with a deadline: 0, or -1 with errno.
 */
int children_restore(
    struct children *all, uint32_t index, const struct child *from);
int children_restored(struct children *all, uint32_t serial);

/*
 * C has exited and is not reaped yet, so its pid cannot have been reused: kill
 * its process group, unless the service keeps leftovers, and free the slot.
 */
void children_exited(struct children *all, struct child *c);

/* Begin to end C, once: a signal now, more after a grace each, up to SIGKILL.
 */
void children_end(struct child *c, enum outcome_kind why, int64_t now);

/*
 * The same for the session in slot INDEX, if it still has SERIAL; if its relay
 * is being started, it is ended once that has a pid (relay_begin.c).  Returns
 * whether there is one.
 */
bool children_end_at(struct children *all, uint32_t index, uint32_t serial,
    enum outcome_kind why, int64_t now);

/* The same for all, or only those of wait services, since the daemon stops. */
void children_stop(struct children *all, bool wait_services, int64_t now);

/* SIGKILL for all children now. */
void children_kill_all(struct children *all, int64_t now);

/*
 * C, which has not been told to end, has exited but cannot be reaped yet:
 * expect that within REAP_GRACE.
 */
void children_expect_reaping(struct child *c, int64_t now);

/* A child of STATS whose REAP_GRACE is over; NULL: none. */
struct child *children_overdue(const struct service_stats *stats, int64_t now);

/*
 * C cannot be reaped: end its session without it.  It keeps its slot, since it
 * keeps its pid, and counts only for all->live.
 */
void children_abandon(struct children *all, struct child *c);

/* Act on STATS's deadlines that have passed.  Returns the next; -1: none. */
int64_t children_expire(struct service_stats *stats, int64_t now);

/* Give back the pages of an empty table.  Returns when that is due; -1: never.
 */
int64_t children_trim(struct children *all, int64_t now);

/* The configuration is new: count sessions for their sources anew. */
void children_recount(
    const struct children *all, struct admission *a, int64_t now);

#endif
