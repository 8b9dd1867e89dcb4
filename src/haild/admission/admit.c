#include "haild/admission/admit.h"

#include <sys/sysinfo.h>

#include <string.h>

#include "config/access.h"
#include "lib/io.h"

static const struct refusal not_refused = { REFUSED_NOT, 0 };

static struct refusal
refused(enum refusal_reason reason, int64_t limit)
{
	return (struct refusal) { reason, limit };
}

/* --- limits that hold for every client of a service --- */

static bool
is_overloaded(const struct admission *a)
{
	return a->config->max_load != -1 &&
	    a->load_average > a->config->max_load;
}

/* The first limit that is reached, whoever the client is. */
static struct refusal
reached(const struct admission *a, const struct service *service,
    const struct usage *usage, unsigned int live, int64_t now)
{
	if (is_overloaded(a))
		return refused(REFUSED_LOAD, 0);
	if (live >= a->config->max_sessions)
		return refused(REFUSED_TOTAL, a->config->max_sessions);
	/* A wait service has one session for each socket: listener.c. */
	if (!service->wait && usage->live >= service->max_sessions)
		return refused(REFUSED_SERVICE, service->max_sessions);
	if (service->rate.count > 0 &&
	    bucket_ready(&service->rate, usage->full_at, now) > now)
		return refused(REFUSED_SERVICE_RATE, 0);
	return not_refused;
}

struct refusal
admit_wait(const struct admission *a, const struct service *service,
    const struct usage *usage, unsigned int live, int64_t now)
{
	if (service->at_limit == AT_LIMIT_REFUSE && !service->wait)
		return not_refused;
	return reached(a, service, usage, live, now);
}

int64_t
admit_read_load(struct admission *a, int64_t now)
{
	struct sysinfo info;

	if (a->config->max_load != -1 && now >= a->load_read_at + SECOND) {
		a->load_read_at = now;
		/* getloadavg(3) would open a file. */
		if (sysinfo(&info) == 0)
			a->load_average =
			    (int64_t)(info.loads[0] * 100 >> SI_LOAD_SHIFT);
	}
	return is_overloaded(a) ? a->load_read_at + SECOND : -1;
}

/* --- limits of one source --- */

/* A client is a source of its service, and one of all services. */
enum { OF_SERVICE, OF_ALL, NSCOPES };

struct scope {
	bool counts; /* it has a limit or a rate */
	struct source source;
	int64_t limit;
	const struct rate *rate; /* NULL: none */
	int64_t full_at;
};

/* SERVICE is NULL when it is no longer configured. */
static void
find_scopes(const struct admission *a, const struct service *service,
    const struct addr *addr, uid_t uid, struct scope scopes[NSCOPES])
{
	const struct config *config = a->config;
	struct scope *scope;

	memset(scopes, 0, NSCOPES * sizeof(*scopes));
	if (service != NULL) {
		scope = &scopes[OF_SERVICE];
		scope->limit = service->max_per_source;
		if (service->rate_per_source.count > 0)
			scope->rate = &service->rate_per_source;
		scope->counts = scope->limit != -1 || scope->rate != NULL;
		source_make(&scope->source,
		    sources_service(&a->sources, service->name), addr, uid,
		    (unsigned int)service->source_v4,
		    (unsigned int)service->source_v6);
	}
	scope = &scopes[OF_ALL];
	scope->limit = config->max_per_source;
	scope->counts = scope->limit != -1;
	source_make(&scope->source, 0, addr, uid,
	    (unsigned int)config->source_v4, (unsigned int)config->source_v6);
}

/* The first limit of the source that is reached; fills in its buckets. */
static struct refusal
source_reached(struct admission *a, struct scope scopes[NSCOPES], int64_t now)
{
	uint32_t live;
	int i;

	for (i = 0; i < NSCOPES; i++) {
		struct scope *scope = &scopes[i];

		if (!scope->counts)
			continue;
		live = sources_live(&a->sources, &scope->source, scope->rate,
		    now, &scope->full_at);
		if (scope->limit != -1 && live >= scope->limit)
			return refused(REFUSED_SOURCE, scope->limit);
		if (scope->rate != NULL &&
		    bucket_ready(scope->rate, scope->full_at, now) > now)
			return refused(REFUSED_SOURCE_RATE, 0);
	}
	return not_refused;
}

/* Returns false if the table is full: not with up to SESSIONS_MAX sessions. */
static bool
enter(struct admission *a, const struct scope scopes[NSCOPES],
    struct source_refs *refs, int64_t now)
{
	int i;

	memset(refs, 0, sizeof(*refs));
	for (i = 0; i < NSCOPES; i++) {
		if (!scopes[i].counts)
			continue;
		refs->entries[i] = sources_enter(
		    &a->sources, &scopes[i].source, scopes[i].full_at, now);
		if (refs->entries[i] == 0) {
			admit_left(a, refs, now);
			return false;
		}
	}
	return true;
}

/* Decide by the source alone, and count the session if it may begin. */
static struct refusal
admit_source(struct admission *a, const struct service *service,
    const struct addr *addr, uid_t uid, struct source_refs *refs, int64_t now)
{
	struct scope scopes[NSCOPES];
	struct refusal why;
	int i;

	find_scopes(a, service, addr, uid, scopes);
	why = source_reached(a, scopes, now);
	if (why.reason != REFUSED_NOT)
		return why;
	for (i = 0; i < NSCOPES; i++)
		if (scopes[i].rate != NULL)
			bucket_take(scopes[i].rate, &scopes[i].full_at, now);
	if (!enter(a, scopes, refs, now))
		return refused(REFUSED_TABLE, 0);
	return not_refused;
}

/* --- one client --- */

struct refusal
admit(struct admission *a, const struct service *service, struct usage *usage,
    unsigned int live, struct client *client, struct source_refs *refs,
    int64_t now)
{
	bool local = client->addr.sa.sa_family == AF_UNIX;
	struct refusal why;

	memset(refs, 0, sizeof(*refs));
	client->proxied =
	    prefixes_match(&service->proxy_from, &client->addr) != -1;
	if (!client->proxied && service->proxy_from.n > 0 &&
	    client->addr.sa.sa_family != AF_UNIX)
		return refused(REFUSED_PROXY, 0);
	if (!client->proxied &&
	    !(local ? access_user(service, client)
		    : access_address(a->config, service, &client->addr)))
		return refused(REFUSED_ACCESS, 0);
	why = reached(a, service, usage, live, now);
	/* A proxy's client is counted when it is announced. */
	if (why.reason == REFUSED_NOT && !client->proxied)
		why = admit_source(
		    a, service, &client->addr, client->cred.uid, refs, now);
	if (why.reason == REFUSED_NOT && service->rate.count > 0)
		bucket_take(&service->rate, &usage->full_at, now);
	return why;
}

struct refusal
admit_announced(struct admission *a, const struct service *service,
    const struct addr *announced, struct source_refs *refs, int64_t now)
{
	struct source_refs new;
	struct refusal why;

	if (!access_address(a->config, service, announced))
		return refused(REFUSED_ACCESS, 0);
	why = admit_source(a, service, announced, (uid_t)-1, &new, now);
	if (why.reason == REFUSED_NOT) {
		admit_left(a, refs, now);
		*refs = new;
	}
	return why;
}

/* Placeholder; see the header. */
struct refusal
admit_proved(struct admission *a, const struct service *service,
    const struct addr *addr, struct tls_session *tls, struct source_refs *refs,
    int64_t now)
{
	int found =
	    identity_find(service == NULL ? NULL : service->allow_identity,
		(const char(*)[IDENTITY_SIZE])tls->names, tls->nnames);

	(void)a, (void)addr, (void)refs, (void)now;
	tls->identity = found == -1 ? tls->nnames : (uint32_t)found;
	if (service != NULL && service->allow_identity != NULL && found == -1)
		return refused(REFUSED_IDENTITY, 0);
	return not_refused;
}

void
admit_return_token(const struct service *service, struct usage *usage)
{
	if (service != NULL && service->rate.count > 0)
		bucket_return(&service->rate, &usage->full_at);
}

void
admit_left(struct admission *a, struct source_refs *refs, int64_t now)
{
	int i;

	for (i = 0; i < NSCOPES; i++)
		sources_leave(&a->sources, refs->entries[i], now);
	memset(refs, 0, sizeof(*refs));
}

void
admit_recount(struct admission *a, const struct service *service,
    const struct addr *addr, uid_t uid, const char *identity,
    struct source_refs *refs, int64_t now)
{
	struct scope scopes[NSCOPES];
	int i;

	(void)identity;
	admit_left(a, refs, now);
	find_scopes(a, service, addr, uid, scopes);
	for (i = 0; i < NSCOPES; i++)
		sources_live(&a->sources, &scopes[i].source, scopes[i].rate,
		    now, &scopes[i].full_at);
	enter(a, scopes, refs, now);
}
