/*
 * check_admit.c -- which clients are admitted, and why others are refused.
 */

#include "tests/unit/unit.h"

#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "haild/admission/admit.h"
#include "lib/io.h"

#define NOW (1000 * SECOND)

static struct config config;
static struct service service;
static struct usage usage;
static struct admission admission;
static unsigned int live;
static char text[REFUSAL_TEXT_MAX];

/* Ten in all, three of the service, whatever the source. */
static void
enter(void)
{
	memset(&config, 0, sizeof(config));
	memset(&service, 0, sizeof(service));
	memset(&usage, 0, sizeof(usage));
	config.services = &service;
	config.nservices = 1;
	config.max_sessions = 10;
	config.max_per_source = config.max_load = -1;
	config.source_v4 = service.source_v4 = 32;
	config.source_v6 = service.source_v6 = 64;
	service.name = "x";
	service.max_sessions = 3;
	service.max_per_source = service.max_per_identity = -1;
	memset(&admission, 0, sizeof(admission));
	live = 0;
	admission.config = &config;
	ck_assert_int_eq(sources_create(&admission.sources), 0);
}

static struct client
client_from(const char *host)
{
	struct client client = { .fd = -1 };

	ck_assert_int_eq(addr_from_numeric(&client.addr, host, 4411), 0);
	return client;
}

/* Why, as text; NULL if it is admitted. */
static const char *
text_of(struct refusal why)
{
	refusal_print(&why, text, sizeof(text));
	return why.reason == REFUSED_NOT ? NULL : text;
}

static const char *
reason_of(struct client *client, const struct service *of, int64_t now,
    struct source_refs *refs)
{
	return text_of(admit(&admission, of, &usage, live, client, refs, now));
}

/* The same for a client without sessions. */
static const char *
reason_for(struct client *client)
{
	struct source_refs refs;

	return reason_of(client, &service, NOW, &refs);
}

/* If it is admitted, REFS counts it. */
static const char *
reason_at(const char *host, int64_t now, struct source_refs *refs)
{
	struct client client = client_from(host);

	return reason_of(&client, &service, now, refs);
}

static const char *
reason(const char *host)
{
	struct source_refs refs;

	return reason_at(host, NOW, &refs);
}

static bool
is_open(int64_t now)
{
	return text_of(admit_wait(&admission, &service, &usage, live, now)) ==
	    NULL;
}

static const char *
announced_reason(
    const struct service *of, const struct addr *a, struct source_refs *refs)
{
	return text_of(admit_announced(&admission, of, a, refs, clock_now()));
}

static struct prefixes
prefixes_of(const char *a, const char *b)
{
	static struct prefix_node nodes[16][2];
	static size_t used;
	struct prefix_node *n = nodes[used++];
	struct prefixes all = { n, 1 };
	char error[128];

	ck_assert_int_eq(
	    prefix_parse(&n[0].prefix, a, error, sizeof(error)), 0);
	if (b != NULL)
		ck_assert_int_eq(
		    prefix_parse(&n[all.n++].prefix, b, error, sizeof(error)),
		    0);
	all.n = prefixes_link(n, all.n);
	return all;
}

/* --- how many --- */

static void
set_live(unsigned int in_all, unsigned int of_service, enum at_limit at_limit)
{
	live = in_all;
	usage.live = of_service;
	service.at_limit = at_limit;
}

START_TEST(below_the_limits_all_come_in)
{
	set_live(0, 0, AT_LIMIT_WAIT);
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason("192.0.2.1"));
	set_live(9, 2, AT_LIMIT_WAIT);
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason("192.0.2.1"));
	set_live(9, 2, AT_LIMIT_REFUSE);
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert_uint_eq(
	    admission.sources.count, 0); /* nothing to count for */
}
END_TEST

START_TEST(at_the_service_limit)
{
	set_live(3, 3, AT_LIMIT_WAIT);
	ck_assert(!is_open(NOW));
	ck_assert_str_eq(text, "service limit 3");
	ck_assert_str_eq(reason("192.0.2.1"), "service limit 3");
	set_live(3, 3, AT_LIMIT_REFUSE);
	ck_assert(is_open(NOW));
	ck_assert_str_eq(reason("192.0.2.1"), "service limit 3");
	/* a reload may have lowered it */
	set_live(5, 5, AT_LIMIT_WAIT);
	ck_assert(!is_open(NOW));
	ck_assert_str_eq(reason("192.0.2.1"), "service limit 3");
}
END_TEST

START_TEST(at_the_total_limit)
{
	set_live(10, 0, AT_LIMIT_WAIT);
	ck_assert(!is_open(NOW));
	ck_assert_str_eq(text, "total limit 10");
	ck_assert_str_eq(reason("192.0.2.1"), "total limit 10");
	set_live(11, 0, AT_LIMIT_REFUSE);
	ck_assert(is_open(NOW));
	ck_assert_str_eq(reason("192.0.2.1"), "total limit 10");
	/* both are reached: the total is named */
	set_live(10, 3, AT_LIMIT_REFUSE);
	ck_assert_str_eq(reason("192.0.2.1"), "total limit 10");
}
END_TEST

START_TEST(above_the_load)
{
	config.max_load = 450;
	admission.load_average = 450;
	admission.load_read_at = NOW;
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert_int_eq(admit_read_load(&admission, 0), -1);
	admission.load_average = 451;
	ck_assert(!is_open(NOW));
	ck_assert_str_eq(text, "load");
	/* the loop looks again a second after the last time */
	ck_assert_int_eq(admit_read_load(&admission, 0), NOW + SECOND);
	service.at_limit = AT_LIMIT_REFUSE;
	ck_assert(is_open(NOW));
	ck_assert_str_eq(reason("192.0.2.1"), "load");
}
END_TEST

START_TEST(the_load_is_read_once_a_second)
{
	admission.load_average = -1;
	admit_read_load(&admission, NOW);
	ck_assert_int_eq(admission.load_average, -1); /* no max-load */
	config.max_load = 450;
	admission.load_read_at = NOW;
	admit_read_load(&admission, NOW + SECOND - 1);
	ck_assert_int_eq(admission.load_average, -1);
	admit_read_load(&admission, NOW + SECOND);
	ck_assert_int_ge(admission.load_average, 0);
	ck_assert_int_eq(admission.load_read_at, NOW + SECOND);
}
END_TEST

/* --- sources --- */

START_TEST(a_source_has_its_limit)
{
	struct source_refs first, second, other;

	service.max_per_source = 2;
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &first));
	ck_assert_ptr_null(reason_at("::ffff:192.0.2.1", NOW, &second));
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 2");
	/* other sources are admitted, and the listener is polled */
	ck_assert_ptr_null(reason_at("192.0.2.2", NOW, &other));
	ck_assert(is_open(NOW));
	admit_left(&admission, &first, NOW);
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &first));
	admit_left(&admission, &first, NOW);
	admit_left(&admission, &second, NOW);
	admit_left(&admission, &other, NOW);
	ck_assert_uint_eq(admission.sources.count, 0);
	/* giving back what was given back does nothing */
	admit_left(&admission, &other, NOW);
}
END_TEST

START_TEST(a_source_is_a_prefix)
{
	service.max_per_source = 1;
	ck_assert_ptr_null(reason("2001:db8:1:2::1"));
	ck_assert_str_eq(reason("2001:db8:1:2:ffff::2"), "source limit 1");
	ck_assert_ptr_null(reason("2001:db8:1:3::1"));
	service.source_v4 = 24;
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert_str_eq(reason("192.0.2.200"), "source limit 1");
	ck_assert_ptr_null(reason("192.0.3.1"));
}
END_TEST

START_TEST(a_source_of_all_services)
{
	struct client client = client_from("192.0.2.1");
	struct service another = service;
	struct source_refs first, second, none;

	another.name = "y";
	config.max_per_source = 2;
	service.max_per_source = another.max_per_source = 1;
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &first));
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 1");
	ck_assert_ptr_null(reason_of(&client, &another, NOW, &second));
	another.max_per_source = -1;
	ck_assert_str_eq(
	    reason_of(&client, &another, NOW, &none), "source limit 2");
	ck_assert_uint_eq(admission.sources.count, 3);
	admit_left(&admission, &first, NOW);
	admit_left(&admission, &second, NOW);
	ck_assert_uint_eq(admission.sources.count, 0);
}
END_TEST

/* The table has one free entry, and a client needs two. */
START_TEST(a_full_table_refuses_and_counts_nothing)
{
	struct addr a = { .in = { .sin_family = AF_INET } };
	struct source_refs refs;
	struct source source;
	uint32_t i;

	config.max_per_source = service.max_per_source = 5;
	for (i = 1; i < SOURCES_MAX; i++) {
		a.in.sin_addr.s_addr = htonl(0x0a000000 + i);
		source_make(&source, 1, &a, 0, 32, 64);
		ck_assert_uint_ne(
		    sources_enter(&admission.sources, &source, 0, NOW), 0);
	}
	ck_assert_str_eq(reason_at("192.0.2.1", NOW, &refs), "table full");
	ck_assert_uint_eq(refs.entries[0] + refs.entries[1], 0);
	ck_assert_uint_eq(admission.sources.count, SOURCES_MAX - 1);
}
END_TEST

START_TEST(a_user_is_a_source)
{
	struct client alice = { .cred = { .uid = 1000 }, .fd = -1 };
	struct client bob = { .cred = { .uid = 1001 }, .fd = -1 };

	alice.addr.sa.sa_family = bob.addr.sa.sa_family = AF_UNIX;
	service.max_per_source = 1;
	ck_assert_ptr_null(reason_for(&alice));
	ck_assert_str_eq(reason_for(&alice), "source limit 1");
	ck_assert_ptr_null(reason_for(&bob));
}
END_TEST

/* --- how fast --- */

START_TEST(a_service_has_its_rate)
{
	service.rate = (struct rate) { 2, SECOND, 2 };
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason("192.0.2.2"));
	ck_assert(!is_open(NOW));
	ck_assert_str_eq(text, "service rate");
	ck_assert_str_eq(reason("192.0.2.3"), "service rate");
	/* the next token is there to the ns */
	ck_assert(!is_open(NOW + SECOND / 2 - 1));
	ck_assert(is_open(NOW + SECOND / 2));
	service.at_limit = AT_LIMIT_REFUSE;
	ck_assert(is_open(NOW));
}
END_TEST

START_TEST(a_source_has_its_rate)
{
	struct source_refs refs;

	service.rate_per_source = (struct rate) { 1, SECOND, 1 };
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &refs));
	admit_left(&admission, &refs, NOW);
	ck_assert_str_eq(reason("192.0.2.1"), "source rate");
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason("192.0.2.2"));
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW + SECOND, &refs));
}
END_TEST

START_TEST(a_refused_client_takes_no_token)
{
	struct source_refs refs;

	service.rate = (struct rate) { 2, SECOND, 2 };
	service.max_per_source = 1;
	service.rate_per_source = (struct rate) { 1, 3600 * SECOND, 2 };
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &refs));
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 1");
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 1");
	admit_left(&admission, &refs, NOW);
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert_str_eq(reason("192.0.2.2"), "service rate");
	ck_assert_ptr_null(reason_at("192.0.2.2", NOW + SECOND, &refs));
}
END_TEST

/* --- access --- */

START_TEST(the_longest_prefix_decides)
{
	service.allow = prefixes_of("192.0.2.0/24", "2001:db8::/32");
	service.deny = prefixes_of("192.0.2.128/25", "0.0.0.0/0");
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert_ptr_null(reason("::ffff:192.0.2.1"));
	ck_assert_str_eq(reason("192.0.2.128"), "access");
	ck_assert_str_eq(reason("198.51.100.1"), "access");
	ck_assert_ptr_null(reason("2001:db8::1"));
	/* some are allowed: the rest is refused */
	ck_assert_str_eq(reason("2001:db9::1"), "access");
}
END_TEST

START_TEST(a_tie_denies)
{
	service.allow = prefixes_of("192.0.2.0/24", NULL);
	service.deny = prefixes_of("192.0.2.0/24", NULL);
	ck_assert_str_eq(reason("192.0.2.1"), "access");
}
END_TEST

START_TEST(a_deny_alone_lets_in_the_rest)
{
	service.deny = prefixes_of("192.0.2.0/24", NULL);
	ck_assert_str_eq(reason("192.0.2.1"), "access");
	ck_assert_ptr_null(reason("192.0.3.1"));
	ck_assert_ptr_null(reason("2001:db8::1"));
}
END_TEST

START_TEST(what_all_deny_no_service_allows)
{
	config.deny = prefixes_of("192.0.0.0/16", NULL);
	service.allow = prefixes_of("192.0.2.1", "198.51.100.1");
	ck_assert_str_eq(reason("192.0.2.1"), "access");
	ck_assert_ptr_null(reason("198.51.100.1"));
	config.deny.n = 0;
	config.allow = prefixes_of("192.0.0.0/16", NULL);
	ck_assert_ptr_null(reason("192.0.2.1"));
	ck_assert_str_eq(reason("198.51.100.1"), "access");
}
END_TEST

START_TEST(access_comes_before_limits)
{
	set_live(10, 3, AT_LIMIT_REFUSE);
	service.deny = prefixes_of("192.0.2.1", NULL);
	ck_assert_str_eq(reason("192.0.2.1"), "access");
}
END_TEST

START_TEST(users_and_groups_of_a_unix_socket)
{
	static const uid_t uids[] = { 1000 };
	static const gid_t gids[] = { 2000 };
	struct client client = { .cred = { .uid = 1000, .gid = 1 }, .fd = -1 };

	client.addr.sa.sa_family = AF_UNIX;
	/* addresses mean nothing there */
	config.deny = prefixes_of("0.0.0.0/0", "::/0");
	service.allow = prefixes_of("192.0.2.1", NULL);
	ck_assert_ptr_null(reason_for(&client));
	service.allow_uids = uids;
	service.nallow_uids = 1;
	ck_assert_ptr_null(reason_for(&client));
	client.cred.uid = 1001;
	ck_assert_str_eq(reason_for(&client), "access");
	/* either is enough */
	service.allow_gids = gids;
	service.nallow_gids = 1;
	ck_assert_str_eq(reason_for(&client), "access");
	client.cred.gid = 2000;
	ck_assert_ptr_null(reason_for(&client));
	/* the kernel did not tell the uid: no user of allow-user */
	client.cred.uid = (uid_t)-1;
	ck_assert_str_eq(reason_for(&client), "access");
}
END_TEST

START_TEST(a_supplementary_group_is_enough)
{
	gid_t mine[64], wanted;
	struct client client = { .cred = { .uid = 1, .gid = (gid_t)-2 } };
	int pair[2], n;

	if (geteuid() == 0) {
		wanted = 4242;
		ck_assert_int_eq(setgroups(1, &wanted), 0);
	}
	n = getgroups(COUNT(mine), mine);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	client.addr.sa.sa_family = AF_UNIX;
	client.fd = pair[0];
	wanted = mine[n - 1];
	service.allow_gids = &wanted;
	service.nallow_gids = 1;
	ck_assert_ptr_null(reason_for(&client));
	wanted = (gid_t)-3;
	ck_assert_str_eq(reason_for(&client), "access");
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* --- proxies --- */

START_TEST(a_proxy_is_exempt_until_it_has_announced)
{
	struct client proxy = client_from("192.0.2.1");
	struct source_refs refs, other;
	struct addr announced;

	service.proxy_from = prefixes_of("192.0.2.1", NULL);
	service.deny = prefixes_of("192.0.2.0/24", "203.0.113.9");
	service.max_per_source = 1;
	service.rate_per_source = (struct rate) { 1, 3600 * SECOND, 2 };
	/* whatever was in them before */
	memset(&refs, 0xff, sizeof(refs));
	ck_assert_ptr_null(reason_of(&proxy, &service, NOW, &refs));
	ck_assert(proxy.proxied);
	ck_assert_uint_eq(refs.entries[0] + refs.entries[1], 0);
	ck_assert_uint_eq(admission.sources.count, 0);
	ck_assert_str_eq(reason("192.0.2.2"), "proxy");
	/* limits of the service hold for it */
	usage.live = 3;
	ck_assert_str_eq(reason_for(&proxy), "service limit 3");
	usage.live = 1;

	ck_assert_int_eq(addr_from_numeric(&announced, "203.0.113.9", 1), 0);
	ck_assert_str_eq(
	    announced_reason(&service, &announced, &refs), "access");
	ck_assert_uint_eq(admission.sources.count, 0);

	ck_assert_int_eq(addr_from_numeric(&announced, "203.0.113.7", 2), 0);
	ck_assert_ptr_null(announced_reason(&service, &announced, &refs));
	/* it counts as if it had connected itself */
	service.proxy_from = (struct prefixes) { 0 };
	ck_assert_str_eq(
	    reason_at("203.0.113.7", clock_now(), &other), "source limit 1");
	admit_left(&admission, &refs, clock_now());
	ck_assert_ptr_null(reason_at("203.0.113.7", clock_now(), &other));
	admit_left(&admission, &other, clock_now());
	ck_assert_str_eq(
	    announced_reason(&service, &announced, &refs), "source rate");
}
END_TEST

/* Else a source behind a proxy could use up the rate by being refused. */
START_TEST(a_proxy_gets_its_token_back)
{
	struct client proxy = client_from("192.0.2.1");
	struct source_refs refs;

	service.proxy_from = prefixes_of("192.0.2.1", NULL);
	service.rate = (struct rate) { 1, 3600 * SECOND, 2 };
	ck_assert_ptr_null(reason_of(&proxy, &service, NOW, &refs));
	ck_assert_ptr_null(reason_of(&proxy, &service, NOW, &refs));
	ck_assert_str_eq(reason_for(&proxy), "service rate");
	ck_assert(!is_open(NOW));
	admit_return_token(&service, &usage);
	ck_assert(is_open(NOW));
	ck_assert_ptr_null(reason_for(&proxy));
	ck_assert_str_eq(reason_for(&proxy), "service rate");
	/* there is nothing to give back to */
	admit_return_token(NULL, &usage);
	service.rate.count = 0;
	admit_return_token(&service, &usage);
}
END_TEST

START_TEST(an_announcement_moves_the_count)
{
	struct source_refs refs = { { 0, 0 } };
	struct addr first, second;

	service.max_per_source = 1;
	addr_from_numeric(&first, "203.0.113.7", 1);
	addr_from_numeric(&second, "203.0.113.8", 1);
	ck_assert_ptr_null(announced_reason(&service, &first, &refs));
	ck_assert_str_eq(reason("203.0.113.7"), "source limit 1");
	ck_assert_ptr_null(announced_reason(&service, &second, &refs));
	ck_assert_str_eq(reason("203.0.113.8"), "source limit 1");
	ck_assert_ptr_null(reason("203.0.113.7"));
}
END_TEST

START_TEST(without_its_service_top_level_access_decides)
{
	struct source_refs refs = { { 0, 0 } };
	struct addr a;

	config.deny = prefixes_of("203.0.113.9", NULL);
	addr_from_numeric(&a, "203.0.113.9", 1);
	ck_assert_str_eq(announced_reason(NULL, &a, &refs), "access");
	addr_from_numeric(&a, "203.0.113.8", 1);
	ck_assert_ptr_null(announced_reason(NULL, &a, &refs));
}
END_TEST

/* --- identities --- */

static struct tls_session
tls_of(const char *first, const char *second)
{
	struct tls_session tls = { .identity = 77 };

	if (first != NULL)
		strlcpy(tls.names[tls.nnames++], first, IDENTITY_SIZE);
	if (second != NULL)
		strlcpy(tls.names[tls.nnames++], second, IDENTITY_SIZE);
	return tls;
}

static const char *
proved_reason(const struct service *of, const char *host,
    struct tls_session *tls, struct source_refs *refs, int64_t now)
{
	struct client client = client_from(host);
	struct refusal why =
	    admit_proved(&admission, of, &client.addr, tls, refs, now);

	/* Without one that is allowed, it has no identity. */
	if (why.reason == REFUSED_IDENTITY || why.reason == REFUSED_CHANGED ||
	    why.reason == REFUSED_ACCESS)
		ck_assert_ptr_null(tls_session_identity(tls));
	return text_of(why);
}

/* From HOST, with NAME as its only name, or none; REFS of the accept. */
static const char *
named_reason(
    const char *host, const char *name, int64_t now, struct source_refs *refs)
{
	struct tls_session tls = tls_of(name, NULL);
	struct source_refs own;
	const char *why;

	if (refs == NULL)
		refs = &own;
	ck_assert_ptr_null(reason_at(host, now, refs));
	why = proved_reason(&service, host, &tls, refs, now);
	if (why != NULL)
		admit_left(&admission, refs, now);
	return why;
}

static void
set_tls(enum tls_client client, const char *const *allow)
{
	service.tls = true;
	service.tls_client = client;
	service.allow_identity = allow;
}

START_TEST(allow_identity_chooses_the_name)
{
	static const char *const allow[] = { "*.example.org", NULL };
	struct tls_session tls = tls_of("ops@example.org", "a.example.org");
	struct source_refs refs = { { 0, 0 } };

	set_tls(TLS_CLIENT_OPTIONAL, allow);
	ck_assert_ptr_null(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW));
	ck_assert_str_eq(tls_session_identity(&tls), "a.example.org");
	service.allow_identity = NULL;
	ck_assert_ptr_null(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW));
	ck_assert_str_eq(tls_session_identity(&tls), "ops@example.org");
	set_tls(TLS_CLIENT_ANY, allow);
	ck_assert_str_eq(
	    named_reason("192.0.2.1", "a.b.example.org", NOW, NULL),
	    "identity");
	ck_assert_str_eq(
	    named_reason("192.0.2.1", NULL, NOW, NULL), "identity");
}
END_TEST

START_TEST(without_a_name)
{
	static const char *const any[] = { "*", NULL };
	struct tls_session tls = tls_of(NULL, NULL);
	struct source_refs refs = { { 0, 0 } };

	set_tls(TLS_CLIENT_OPTIONAL, NULL);
	ck_assert_ptr_null(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW));
	ck_assert_ptr_null(tls_session_identity(&tls));
	set_tls(TLS_CLIENT_ANY, NULL);
	ck_assert_ptr_null(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW));
	/* a relay that lies, or a reload meanwhile */
	set_tls(TLS_CLIENT_REQUIRED, NULL);
	ck_assert_str_eq(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW), "identity");
	set_tls(TLS_CLIENT_OPTIONAL, any);
	ck_assert_str_eq(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW), "identity");
}
END_TEST

/*
 * A relay that is taken over cannot claim a name if the service requests none.
 */
START_TEST(without_client_certificates_nobody_has_a_name)
{
	struct tls_session tls = tls_of("web1", NULL);
	struct source_refs refs = { { 0, 0 } };

	set_tls(TLS_CLIENT_NONE, NULL);
	ck_assert_ptr_null(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW));
	ck_assert_ptr_null(tls_session_identity(&tls));
}
END_TEST

START_TEST(a_reload_during_the_handshake)
{
	struct tls_session tls = tls_of("web1", NULL);
	struct source_refs refs, other = { { 0, 0 } };

	set_tls(TLS_CLIENT_REQUIRED, NULL);
	service.max_per_source = 1;
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &refs));
	ck_assert_str_eq(proved_reason(NULL, "192.0.2.1", &tls, &refs, NOW),
	    "service changed");
	service.tls = false;
	ck_assert_str_eq(proved_reason(&service, "192.0.2.1", &tls, &refs, NOW),
	    "service changed");
	service.tls = true;
	service.deny = prefixes_of("192.0.2.1", NULL);
	ck_assert_str_eq(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW), "access");
	/* but not of a proxy, which has not named its client */
	ck_assert_int_eq(
	    admit_proved(&admission, &service, NULL, &tls, &other, NOW).reason,
	    REFUSED_NOT);
	admit_left(&admission, &other, NOW);
	/* none of this has changed the count */
	service.deny.n = 0;
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 1");
	ck_assert_ptr_null(
	    proved_reason(&service, "192.0.2.1", &tls, &refs, NOW));
}
END_TEST

START_TEST(an_identity_has_its_limit_from_any_address)
{
	struct source_refs one, two, other;

	set_tls(TLS_CLIENT_REQUIRED, NULL);
	service.max_per_identity = 2;
	ck_assert_ptr_null(named_reason("192.0.2.1", "web1", NOW, &one));
	ck_assert_ptr_null(named_reason("2001:db8::1", "web1", NOW, &two));
	ck_assert_str_eq(
	    named_reason("192.0.2.3", "web1", NOW, NULL), "identity limit 2");
	ck_assert_ptr_null(named_reason("192.0.2.3", "web2", NOW, &other));
	admit_left(&admission, &one, NOW);
	ck_assert_ptr_null(named_reason("192.0.2.3", "web1", NOW, &one));
	admit_left(&admission, &one, NOW);
	admit_left(&admission, &two, NOW);
	admit_left(&admission, &other, NOW);
	ck_assert_uint_eq(admission.sources.idle, 0);
	ck_assert_uint_eq(admission.sources.count, 0);
}
END_TEST

START_TEST(an_identity_counts_in_place_of_the_address)
{
	struct source_refs refs[4], waiting;

	set_tls(TLS_CLIENT_OPTIONAL, NULL);
	service.max_per_source = 1;
	service.max_per_identity = 1;
	ck_assert_ptr_null(named_reason("192.0.2.1", "web1", NOW, &refs[0]));
	ck_assert_ptr_null(named_reason("192.0.2.1", "web2", NOW, &refs[1]));
	/* the address has its limit until the end of the handshake */
	ck_assert_ptr_null(reason_at("192.0.2.1", NOW, &waiting));
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 1");
	admit_left(&admission, &waiting, NOW);
	/* without an identity it is what counts */
	ck_assert_ptr_null(named_reason("192.0.2.1", NULL, NOW, &refs[2]));
	ck_assert_str_eq(reason("192.0.2.1"), "source limit 1");
	/* no limit: nothing is counted */
	service.max_per_identity = -1;
	ck_assert_ptr_null(named_reason("192.0.2.2", "web1", NOW, &refs[3]));
	ck_assert_uint_eq(refs[3].entries[0] + refs[3].entries[1], 0);
}
END_TEST

START_TEST(an_identity_has_the_top_level_limit)
{
	struct tls_session tls = tls_of("web1", NULL);
	struct source_refs one, two = { { 0, 0 } };

	set_tls(TLS_CLIENT_REQUIRED, NULL);
	config.max_per_source = 1;
	ck_assert_ptr_null(named_reason("192.0.2.1", "web1", NOW, &one));
	ck_assert_ptr_null(named_reason("192.0.2.1", "web2", NOW, NULL));
	ck_assert_str_eq(
	    named_reason("192.0.2.2", "web1", NOW, NULL), "identity limit 1");
	/* the log has the name */
	ck_assert_str_eq(proved_reason(&service, "192.0.2.1", &tls, &two, NOW),
	    "identity limit 1");
	ck_assert_str_eq(tls_session_identity(&tls), "web1");
}
END_TEST

START_TEST(an_identity_has_its_rate)
{
	struct source_refs refs;

	set_tls(TLS_CLIENT_REQUIRED, NULL);
	service.rate_per_source = (struct rate) { 1, 3600 * SECOND, 2 };
	ck_assert_ptr_null(named_reason("192.0.2.1", "web1", NOW, NULL));
	ck_assert_ptr_null(named_reason("192.0.2.2", "web1", NOW, NULL));
	ck_assert_str_eq(
	    named_reason("192.0.2.3", "web1", NOW, NULL), "identity rate");
	/* the address has its token back, but not from the one refused */
	ck_assert_ptr_null(named_reason("192.0.2.1", "web2", NOW, NULL));
	ck_assert_ptr_null(named_reason("192.0.2.1", "web3", NOW, NULL));
	ck_assert_ptr_null(reason_at("192.0.2.3", NOW, &refs));
	ck_assert_str_eq(reason("192.0.2.3"), "source rate");
}
END_TEST

START_TEST(a_reload_counts_identities_again)
{
	struct client client = client_from("192.0.2.1");
	struct source_refs refs = { { 0, 0 } };

	set_tls(TLS_CLIENT_REQUIRED, NULL);
	service.max_per_identity = 1;
	admit_recount(
	    &admission, &service, &client.addr, 0, "web1", &refs, NOW);
	ck_assert_str_eq(
	    named_reason("192.0.2.2", "web1", NOW, NULL), "identity limit 1");
	admit_recount(&admission, &service, &client.addr, 0, NULL, &refs, NOW);
	ck_assert_ptr_null(named_reason("192.0.2.2", "web1", NOW, NULL));
}
END_TEST

static void
add(TCase *tc)
{
	gid_t any;

	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, below_the_limits_all_come_in);
	tcase_add_test(tc, at_the_service_limit);
	tcase_add_test(tc, at_the_total_limit);
	tcase_add_test(tc, above_the_load);
	tcase_add_test(tc, the_load_is_read_once_a_second);
	tcase_add_test(tc, a_source_has_its_limit);
	tcase_add_test(tc, a_source_is_a_prefix);
	tcase_add_test(tc, a_source_of_all_services);
	tcase_add_test(tc, a_full_table_refuses_and_counts_nothing);
	tcase_add_test(tc, a_user_is_a_source);
	tcase_add_test(tc, a_service_has_its_rate);
	tcase_add_test(tc, a_source_has_its_rate);
	tcase_add_test(tc, a_refused_client_takes_no_token);
	tcase_add_test(tc, the_longest_prefix_decides);
	tcase_add_test(tc, a_tie_denies);
	tcase_add_test(tc, a_deny_alone_lets_in_the_rest);
	tcase_add_test(tc, what_all_deny_no_service_allows);
	tcase_add_test(tc, access_comes_before_limits);
	tcase_add_test(tc, users_and_groups_of_a_unix_socket);
	UNIT_ADD_IF(geteuid() == 0 || getgroups(0, &any) > 0, tc,
	    a_supplementary_group_is_enough, "has no supplementary groups");
	tcase_add_test(tc, a_proxy_is_exempt_until_it_has_announced);
	tcase_add_test(tc, a_proxy_gets_its_token_back);
	tcase_add_test(tc, an_announcement_moves_the_count);
	tcase_add_test(tc, without_its_service_top_level_access_decides);
	tcase_add_test(tc, allow_identity_chooses_the_name);
	tcase_add_test(tc, without_a_name);
	tcase_add_test(tc, without_client_certificates_nobody_has_a_name);
	tcase_add_test(tc, a_reload_during_the_handshake);
	tcase_add_test(tc, an_identity_has_its_limit_from_any_address);
	tcase_add_test(tc, an_identity_counts_in_place_of_the_address);
	tcase_add_test(tc, an_identity_has_the_top_level_limit);
	tcase_add_test(tc, an_identity_has_its_rate);
	tcase_add_test(tc, a_reload_counts_identities_again);
}

int
main(void)
{
	return unit_run("admit", add);
}
