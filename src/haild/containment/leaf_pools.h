/*
 * leaf_pools.h -- the table of leaves, and the pools of those that are free.
 */

#ifndef LEAF_POOLS_H
#define LEAF_POOLS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "contain/cgroup.h"
#include "lib/io.h"

struct leaf_pool;

#define LEAVES_MAX (4 * SESSIONS_MAX)  /* two a session, and those that wait */
#define LEAF_POOL_MAX 64	       /* free leaves of one service */
#define LEAF_POOL_IDLE (60 * SECOND)   /* unused, a pool is removed */
#define LEAF_POOL_REFILL (SECOND / 50) /* after the last start */

/* One that is taken, free in its pool, or waits for its removal. */
struct leaf {
	struct leaf_pool *pool;
	uint32_t next;	 /* index + 1, in the list that it is in; 0: none */
	uint32_t number; /* its name */
	int64_t cpu;	 /* ns that earlier sessions used */
	int64_t denied;	 /* processes that they were denied */
	int64_t oom;	 /* its pool's, when its session started */
	struct cgroup_limits limits;
	bool once; /* it is not used again */
	bool keep; /* its processes are not killed */
};

struct leaves {
	unsigned int has; /* CGROUP_* bits; 0: no leaves */
	bool join;	  /* clone3(2) cannot enter one */
	char base[PATH_MAX];
	char reason[256];     /* why there are none or no controllers, or "" */
	int level;	      /* of the log line with that; -1: none */
	int base_dir, dir;    /* BASE and BASE/sessions; 0: none */
	bool own;	      /* haild made BASE */
	unsigned int enabled; /* by haild, above BASE */

	struct leaf *table;
	uint32_t used, free; /* of table; free: as struct leaf's next */
	uint32_t number;     /* the last that was given */
	struct leaf_pool *pools;
	uint32_t leaving, leaving_last; /* to be removed; as next */
	uint32_t nleaving;
	int64_t retry_delay; /* until the next attempt */
	int64_t due;	     /* -1: never */
	int64_t checked_at;  /* whether there are still the controllers */
	bool search;	     /* for cgroups of the image before an upgrade */
	bool warned;	     /* that a session has none */
};

/* That of one service. */
struct leaf_pool {
	struct leaf_pool *next;
	uint32_t first, n; /* free, as struct leaf's next */
	uint32_t wanted;   /* as many, before sessions need them */
	uint32_t live;	   /* taken or to be removed */
	int64_t used_at;
	int64_t oom;		     /* of its LEAF_OOM, as last read */
	struct cgroup_limits limits; /* of the service; INT64_MAX: not known */
	char name[];
};

/* The file whose "oom" counts how often the cgroup's own limit was reached. */
#define LEAF_OOM "memory.events.local"

/* Where LEAF is below BASE/sessions. */
#define LEAF_PATH_MAX (SERVICE_NAME_MAX + 16)
const char *leaf_path(const struct leaf *leaf, char path[LEAF_PATH_MAX]);

/* The index of LEAF in the table + 1. */
uint32_t leaf_index(const struct leaves *l, const struct leaf *leaf);

/* The pool of SERVICE, made if needed.  NULL with errno. */
struct leaf_pool *leaf_pool_get(struct leaves *l, const char *service);

/* A free leaf, or a new one.  NULL with errno. */
struct leaf *leaf_pool_pop(struct leaves *l, struct leaf_pool *pool);

/* LEAF can be used again. */
void leaf_pool_push(struct leaves *l, struct leaf *leaf);

/* An entry of the table for a cgroup that is there.  NULL: there is none. */
struct leaf *leaf_pool_adopt(struct leaves *l, struct leaf_pool *pool);

/* LEAF is not used again: remove it when it is empty. */
void leaf_pool_discard(struct leaves *l, struct leaf *leaf);

/*
 * The cgroup of POOL was removed: create it again, and discard its free leaves.
 * Returns 0, or -1 with errno.
 */
int leaf_pool_renew(struct leaves *l, struct leaf_pool *pool);

/*
 * All cgroups have lost a controller and so its limits: renew each pool, and do
 * not reuse leaves that are in use.
 */
void leaf_pools_renew(struct leaves *l);

/* The leaf of an index + 1. */
const struct leaf *leaf_pools_at(const struct leaves *l, uint32_t leaf);

/* Do what is due.  Returns when more is; -1: never. */
int64_t leaf_pools_expire(struct leaves *l, int64_t now);

/* Have leaf_pools_expire called at the time AT. */
void leaf_pools_due(struct leaves *l, int64_t at);

#endif
