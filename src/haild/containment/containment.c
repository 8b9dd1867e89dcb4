#include "haild/containment/containment.h"

#include <errno.h>

#include "haild/children/service_stats.h"
#include "lib/io.h"

#define REFUSED(reason, number) ((struct refusal) { (reason), (number) })
#define NOT_REFUSED REFUSED(REFUSED_NOT, 0)

/*
 * Message and builtin start no programs.  A command without limits of its own
 * runs in the leaf of its session C, which has none if that was made without
 * cgroups, or before a reload.
 */
static bool
needs_leaf(const struct service *service, const struct child *c)
{
	if (service->handler == HANDLER_COMMAND)
		return contain_has_limits(service) ||
		    (service->sandbox == SANDBOX_STRICT &&
			c->leaves[CONTAINED_SESSION] == 0);
	return (service->handler & HANDLER_OWN) == 0;
}

/* Returns whether its leaf is empty. */
static bool
take_back(struct containment *x, struct child *c, int which, bool keep,
    bool proved, struct leaf_account *account)
{
	struct leaf_account unused = NO_ACCOUNT;

	bool empty = c->leaves[which] != 0 &&
	    leaves_return(&x->leaves, c->leaves[which], keep, proved,
		account == NULL ? &unused : account);

	/* A process of a pool's uid cannot leave its cgroup. */
	if (c->uids[which] != 0)
		uids_return(&x->uids, c->uids[which], proved || empty, keep);
	c->uids[which] = 0;
	c->leaves[which] = 0;
	return empty;
}

/* The monitor of commands has a user of its own. */
static bool
needs_uid(const struct service *service)
{
	return service->contained.pool_first != 0 &&
	    service->handler != HANDLER_COMMANDS;
}

struct refusal
containment_wait(const struct containment *x, const struct service *service)
{
	if (service->at_limit == AT_LIMIT_REFUSE && !service->wait)
		return NOT_REFUSED;
	return needs_uid(service) && uids_wait(&x->uids, service)
	    ? REFUSED(REFUSED_POOL, 0)
	    : NOT_REFUSED;
}

struct refusal
containment_refuses(const struct containment *x, const struct service *service)
{
	return needs_uid(service) && !uids_available(&x->uids, service)
	    ? REFUSED(REFUSED_POOL, 0)
	    : NOT_REFUSED;
}

struct refusal
containment_grant(struct containment *x, const struct service *service,
    struct child *c, int which, struct grant *grant)
{
	struct refusal why;
	int error;

	*grant = NO_GRANT;
	if (which == CONTAINED_SESSION)
		c->init = contain_has_init(service);
	c->uids[which] = 0;
	c->leaves[which] = 0;
	why = containment_refuses(x, service);
	if (why.reason != REFUSED_NOT)
		return why;
	if (needs_uid(service))
		c->uids[which] = grant->uid = uids_take(&x->uids, service);
	if (needs_leaf(service, c) &&
	    leaves_take(&x->leaves, c->stats->name, service, &c->leaves[which],
		grant) == -1) {
		error = errno;
		take_back(x, c, which, false, true, NULL);
		return error == EDQUOT
		    ? REFUSED(REFUSED_TASKS, service->service_tasks_max)
		    : REFUSED(REFUSED_LEAF, error);
	}
	trees_grant(&x->trees, service, grant);
	return NOT_REFUSED;
}

struct refusal
containment_clone_failed(struct containment *x, const struct service *service,
    struct child *c, int error)
{
	bool full = error == EAGAIN && c->leaves[CONTAINED_SESSION] != 0 &&
	    service->service_tasks_max > 0;

	if (error != EAGAIN && c->leaves[CONTAINED_SESSION] != 0)
		leaves_spoil(&x->leaves, c->leaves[CONTAINED_SESSION]);
	take_back(x, c, CONTAINED_SESSION, false, true, NULL);
	return full ? REFUSED(REFUSED_TASKS, service->service_tasks_max)
		    : REFUSED(REFUSED_FORK, error);
}

void
containment_started(struct containment *x, const struct grant *grant)
{
	leaves_started(&x->leaves, grant);
}

/*
 * The kernel ends all processes of a PID namespace before its init becomes a
 * zombie.  The init of a command's program is the monitor's child; a program
 * without a leaf of its own was in the session's.
 */
void
containment_ended(struct containment *x, struct child *c, bool reaped,
    int64_t now __attribute__((unused)), struct leaf_account *account)
{
	bool shared = c->leaves[CONTAINED_PROGRAM] == 0, empty;

	*account = NO_ACCOUNT;
	empty = take_back(
	    x, c, CONTAINED_SESSION, c->keep, reaped && c->init, account);
	take_back(x, c, CONTAINED_PROGRAM, c->keep, shared && empty, account);
}

int64_t
containment_expire(struct containment *x, int64_t now)
{
	return clock_sooner(
	    leaf_pools_expire(&x->leaves, now), uids_expire(&x->uids, now));
}
