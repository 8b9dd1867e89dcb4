#include "haild/control/select.h"

#include <stdio.h>
#include <string.h>

#include "haild/children/service_stats.h"
#include "lib/number.h"
#include "lib/prefix.h"

#define NAMES_MAX 512 /* bytes of the names of services in a message */

bool
select_is_session(const struct child *c)
{
	return (c->pid != 0 || c->relay != 0) && !c->unreapable;
}

bool
select_service(const struct control_writer *w)
{
	const struct service_stats_list *all = w->view->all_stats;
	const char *name = w->request->service;
	const struct service_stats *t;
	char names[NAMES_MAX] = "";

	if (config_find(w->view->config, name) != NULL ||
	    service_stats_find(all, name) != NULL)
		return true;
	TAILQ_FOREACH(t, all, entry) {
		if (strlen(names) + strlen(t->name) + sizeof(", ...") >=
		    sizeof(names)) {
			strlcat(names, ", ...", sizeof(names));
			break;
		}
		strlcat(names, names[0] != '\0' ? ", " : "", sizeof(names));
		strlcat(names, t->name, sizeof(names));
	}
	control_say(
	    w, "service \"%.100s\" does not exist; services: %s", name, names);
	return false;
}

/* --- sessions to end --- */

struct wanted_source {
	bool is_uid;
	uid_t uid;
	struct prefix prefix;
};

/* Whether the client of C has the uid, or is in the prefix. */
static bool
has_source(const struct child *c, const struct wanted_source *wanted)
{
	const struct prefix *p = &wanted->prefix;
	struct prefix own;

	if (wanted->is_uid)
		return c->addr.sa.sa_family == AF_UNIX && c->uid == wanted->uid;
	return prefix_cut(&own, &c->addr, p->bits, p->bits) &&
	    memcmp(&own, p, sizeof(own)) == 0;
}

static bool
has_id(const struct child *c, const struct control_request *r)
{
	size_t i;

	for (i = 0; i < r->nids; i++)
		if (r->ids[i] == c->serial)
			return true;
	return false;
}

/* Returns false if TEXT is neither "uid:N" nor an address or a prefix. */
static bool
read_source(struct wanted_source *wanted, const char *text)
{
	char error[128];
	int64_t uid = 0;

	wanted->is_uid = strncmp(text, "uid:", 4) == 0;
	if (!wanted->is_uid)
		return prefix_parse(
			   &wanted->prefix, text, error, sizeof(error)) == 0;
	if (!number_parse(text + 4, 0, UINT32_MAX - 1, &uid))
		return false;
	wanted->uid = (uid_t)uid;
	return true;
}

static bool
is_wanted(const struct control_view *v, const struct child *c,
    const struct control_request *r, const struct wanted_source *source)
{
	const char *identity = children_identity(v->children, c);

	if (!select_is_session(c))
		return false;
	return (r->nids == 0 || has_id(c, r)) &&
	    (r->service == NULL || strcmp(c->stats->name, r->service) == 0) &&
	    (r->source == NULL || has_source(c, source)) &&
	    (r->identity == NULL ||
		(identity != NULL && strcmp(identity, r->identity) == 0));
}

size_t
select_victims(const struct control_view *v, const struct control_request *r,
    uint32_t *at, struct control_victim *list, size_t max)
{
	struct wanted_source source = { 0 };
	const struct child *c;
	size_t n = 0;

	if (r->source != NULL && !read_source(&source, r->source))
		return 0;
	memset(list, 0, max * sizeof(*list));
	while (n < max && *at < v->children->used) {
		c = &v->children->slots[(*at)++];
		if (is_wanted(v, c, r, &source))
			list[n++] =
			    (struct control_victim) { *at - 1, c->serial };
	}
	return n;
}

enum control_status
select_check_kill(const struct control_writer *w)
{
	const struct control_request *r = w->request;
	struct wanted_source source;

	if (r->nids == 0 && r->service == NULL && r->source == NULL &&
	    r->identity == NULL) {
		control_say(w,
		    "\"kill\" needs a session, a service, a source "
		    "or an identity");
		return CONTROL_USAGE;
	}
	if (r->source != NULL && !read_source(&source, r->source)) {
		control_say(w,
		    "\"%.100s\" is not an address, a prefix, or \"uid:\" and a "
		    "number",
		    r->source);
		return CONTROL_USAGE;
	}
	if (r->service != NULL && !select_service(w))
		return CONTROL_NOT_FOUND;
	return CONTROL_OK;
}

void
select_missing(const struct control_view *v, const struct control_request *r,
    struct control_action *a)
{
	const struct children *all = v->children;
	const struct child *c;
	size_t i;

	for (i = 0; i < r->nids; i++) {
		for (c = all->slots; c < all->slots + all->used; c++)
			if (c->serial == r->ids[i] && select_is_session(c))
				break;
		if (c < all->slots + all->used)
			continue;
		if (a->nmissing < CONTROL_MISSING_MAX)
			a->missing[a->nmissing] = r->ids[i];
		a->nmissing++;
	}
}
