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
enum { OF_SERVICE = USE_OF_SERVICE, OF_ALL = USE_OF_ALL, NSCOPES = NUSES };

struct scope {
	bool counts; /* it has a limit or a rate */
	struct source source;
	int64_t limit;
	const struct rate *rate; /* NULL: none */
	int64_t full_at;
};

/* The client to be counted. */
struct counted {
	const struct addr *addr;
	uid_t uid;
	const char *identity; /* counts in place of the address; NULL: none */
};

static void
make_source(struct source *source, uint64_t service,
    const struct counted *counted, int64_t v4, int64_t v6)
{
	if (counted->identity != NULL)
		source_make_identity(source, service, counted->identity);
	else
		source_make(source, service, counted->addr, counted->uid,
		    (unsigned int)v4, (unsigned int)v6);
}

/* SERVICE is NULL when it is no longer configured. */
static void
find_scopes(const struct admission *a, const struct service *service,
    const struct counted *counted, struct scope scopes[NSCOPES])
{
	const struct config *config = a->config;
	struct scope *scope;

	memset(scopes, 0, NSCOPES * sizeof(*scopes));
	if (service != NULL) {
		scope = &scopes[OF_SERVICE];
		scope->limit = counted->identity != NULL
		    ? service->max_per_identity
		    : service->max_per_source;
		if (service->rate_per_source.count > 0)
			scope->rate = &service->rate_per_source;
		scope->counts = scope->limit != -1 || scope->rate != NULL;
		make_source(&scope->source,
		    sources_service(&a->sources, service->name), counted,
		    service->source_v4, service->source_v6);
	}
	scope = &scopes[OF_ALL];
	scope->limit = config->max_per_source;
	scope->counts = scope->limit != -1;
	make_source(
	    &scope->source, 0, counted, config->source_v4, config->source_v6);
}

/* The first limit of the source that is reached; fills in its buckets. */
static struct refusal
source_reached(struct admission *a, const struct counted *counted,
    struct scope scopes[NSCOPES], int64_t now)
{
	const bool named = counted->identity != NULL;
	uint32_t live;
	int i;

	for (i = 0; i < NSCOPES; i++) {
		struct scope *scope = &scopes[i];

		if (!scope->counts)
			continue;
		live = sources_live(&a->sources, &scope->source, scope->rate,
		    now, &scope->full_at);
		if (scope->limit != -1 && live >= scope->limit)
			return refused(
			    named ? REFUSED_IDENTITY_LIMIT : REFUSED_SOURCE,
			    scope->limit);
		if (scope->rate != NULL &&
		    bucket_ready(scope->rate, scope->full_at, now) > now)
			return refused(
			    named ? REFUSED_IDENTITY_RATE : REFUSED_SOURCE_RATE,
			    0);
	}
	return not_refused;
}

void
admit_uses(struct admission *a, const struct service *service,
    const struct addr *addr, uid_t uid, const char *identity,
    struct source_use uses[NUSES], int64_t now)
{
	const struct counted counted = { addr, uid, identity };
	struct scope scopes[NSCOPES];
	int i;

	find_scopes(a, service, &counted, scopes);
	for (i = 0; i < NSCOPES; i++) {
		uses[i].limit = scopes[i].limit;
		uses[i].live = sources_live(&a->sources, &scopes[i].source,
		    scopes[i].rate, now, &scopes[i].full_at);
	}
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
    const struct counted *counted, struct source_refs *refs, int64_t now)
{
	struct scope scopes[NSCOPES];
	struct refusal why;
	int i;

	find_scopes(a, service, counted, scopes);
	why = source_reached(a, counted, scopes, now);
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
	const struct counted counted = { &client->addr, client->cred.uid,
		NULL };
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
		why = admit_source(a, service, &counted, refs, now);
	if (why.reason == REFUSED_NOT && service->rate.count > 0)
		bucket_take(&service->rate, &usage->full_at, now);
	return why;
}

struct refusal
admit_announced(struct admission *a, const struct service *service,
    const struct addr *announced, struct source_refs *refs, int64_t now)
{
	const struct counted counted = { announced, (uid_t)-1, NULL };
	struct source_refs new;
	struct refusal why;

	if (!access_address(a->config, service, announced))
		return refused(REFUSED_ACCESS, 0);
	why = admit_source(a, service, &counted, &new, now);
	if (why.reason == REFUSED_NOT) {
		admit_left(a, refs, now);
		*refs = new;
	}
	return why;
}

/* --- clients that TLS has proved --- */

/*
 * The index of the client's name that SERVICE allows; -1: the client has no
 * identity for SERVICE, whatever its relay reports.
 */
static int
find_identity(const struct service *service, const struct tls_session *tls)
{
	if (service->tls_client == TLS_CLIENT_NONE)
		return -1;
	return identity_find(service->allow_identity, tls->names, tls->nnames);
}

/* Count the session of REFS for an identity instead of its address. */
static struct refusal
move_count(struct admission *a, const struct service *service,
    const struct counted *counted, struct source_refs *refs, int64_t now)
{
	struct source_refs new;
	struct refusal why = admit_source(a, service, counted, &new, now);

	if (why.reason != REFUSED_NOT)
		return why;
	if (service->rate_per_source.count > 0)
		sources_return_token(&a->sources, refs->entries[OF_SERVICE],
		    &service->rate_per_source);
	admit_left(a, refs, now);
	*refs = new;
	return why;
}

struct refusal
admit_proved(struct admission *a, const struct service *service,
    const struct addr *addr, struct tls_session *tls, struct source_refs *refs,
    int64_t now)
{
	struct counted counted = { addr, (uid_t)-1, NULL };
	int found;

	tls->identity = tls->nnames;
	/* One that is out of service has no user to run as, either. */
	if (service == NULL || !service->tls || service->disable ||
	    service->missing != NULL)
		return refused(REFUSED_CHANGED, 0);
	if (addr != NULL && addr->sa.sa_family != AF_UNIX &&
	    !access_address(a->config, service, addr))
		return refused(REFUSED_ACCESS, 0);
	found = find_identity(service, tls);
	if (found == -1)
		return service->allow_identity != NULL ||
			service->tls_client == TLS_CLIENT_REQUIRED
		    ? refused(REFUSED_IDENTITY, 0)
		    : not_refused;
	tls->identity = (uint32_t)found;
	counted.identity = tls_session_identity(tls);
	return move_count(a, service, &counted, refs, now);
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
	const struct counted counted = { addr, uid, identity };
	struct scope scopes[NSCOPES];
	int i;

	admit_left(a, refs, now);
	find_scopes(a, service, &counted, scopes);
	for (i = 0; i < NSCOPES; i++)
		sources_live(&a->sources, &scopes[i].source, scopes[i].rate,
		    now, &scopes[i].full_at);
	enter(a, scopes, refs, now);
}
