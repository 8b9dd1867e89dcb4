/*
 * check_names.c -- names are looked up side by side, each for a limited time.
 *
 * The functions below replace those of load/lookup.c.  A name that begins with
 * "slow" gets no answer until the test lets it go.
 */

#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/build.h"
#include "load/service.h"
#include "load/lookup.h"
#include "load/names.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool let_go; /* the slow ones */
static int asking;  /* how many are being looked up now */
static int wanted;  /* each waits until there were so many at once */
static int asked;
static int result; /* of all others */
static int host_result;
static const char *address; /* of all hosts */

static int
look_up(const char *name)
{
	int n;

	pthread_mutex_lock(&lock);
	asked++;
	asking++;
	pthread_cond_broadcast(&changed);
	while (asking < wanted || (strncmp(name, "slow", 4) == 0 && !let_go))
		pthread_cond_wait(&changed, &lock);
	wanted = 0;
	pthread_cond_broadcast(&changed);
	asking--;
	n = result;
	pthread_mutex_unlock(&lock);
	errno = EIO;
	return n;
}

int
lookup_user(const char *name, uid_t uid, struct user *user)
{
	int n = name == NULL ? 1 : look_up(name);

	user->name = name == NULL ? "self" : strcpy(user->text, name);
	user->home = "/";
	user->shell = "";
	user->uid = name == NULL ? uid : 7;
	user->gid = 8;
	return n;
}

int
lookup_group(const char *name, gid_t *gid)
{
	*gid = 9;
	return look_up(name);
}

int
lookup_groups(const char *name UNUSED, gid_t gid, gid_t **list, size_t *n)
{
	*list = calloc(4, sizeof(**list));
	ck_assert_ptr_nonnull(*list);
	(*list)[0] = gid;
	(*list)[1] = 12;
	(*list)[2] = 11;
	*n = 3;
	return 1;
}

int
lookup_port(const char *name, bool dgram, unsigned int *port)
{
	*port = dgram ? 53 : 80;
	return look_up(name);
}

int
lookup_host(const char *name, struct addr **list, size_t *n, const char **why)
{
	int found = look_up(name);

	if (found == 1)
		found = host_result;
	*list = calloc(1, sizeof(**list));
	ck_assert_ptr_nonnull(*list);
	ck_assert_int_eq(addr_from_numeric(*list, address, 0), 0);
	*n = found == 1;
	*why = found == 0 ? "Name or service not known" : "Try again";
	return found;
}

static void
enter(void)
{
	unit_enter_dir();
	let_go = false;
	asking = wanted = asked = 0;
	result = host_result = 1;
	address = "192.0.2.1";
}

static void
leave_slow(void)
{
	pthread_mutex_lock(&lock);
	let_go = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
leave(void)
{
	leave_slow();
	build_leave();
}

static const struct config *
load(const char *text, bool tolerant, const struct config *previous)
{
	const struct config_source source = { .file = "test.conf",
		.tolerant = tolerant,
		.root = true,
		.previous = previous };

	unit_write_file("test.conf", text);
	return build(&source);
}

/* None of them returns before all are asked. */
START_TEST(names_are_looked_up_at_once)
{
	const struct config *config;

	wanted = 11;
	config = load(
	    "user = \"u\"\n"
	    "x: { listen = [\"a.example:http\", \"udp:b.example:domain\"] "
	    "wait = true exec = [\"/bin/sh\"] user = \"v\" group = \"g\" "
	    "groups = [\"h\"] }\n",
	    false, NULL);
	ck_assert_msg(config != NULL, "%s", errors);
	/* haild, haild-speaker, haild-linger, too; each of them once */
	ck_assert_int_eq(asked, 11);
	ck_assert_str_eq(
	    config->services[0].endpoints[1].text, "udp:192.0.2.1:53");
}
END_TEST

START_TEST(names_of_a_disabled_service_are_not_looked_up)
{
	ck_assert_ptr_nonnull(
	    load("x: { " M "}\n"
		 "y: { listen = [\"slow.example:slow\"] message = \"\" "
		 "disable = true user = \"slow\" }\n",
		false, NULL));
	ck_assert_int_eq(asked, 3); /* haild, haild-speaker, haild-linger */
}
END_TEST

START_TEST(a_host_without_an_answer_affects_one_service)
{
	const struct config *config = load(
	    "a: { listen = [\"slow.example:1\"] message = \"\" }\n"
	    "b: { listen = [\"b.example:2\"] message = \"\" }\n"
	    "c: { listen = [\"127.0.0.1:3\"] message = \"\" }\n",
	    true, NULL);

	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors,
	    "test.conf:1: listen \"slow.example:1\": cannot resolve "
	    "\"slow.example\": no answer within 0.5 s; \"a\" is out of "
	    "service");
	ck_assert_str_eq(config->services[0].missing,
	    "listen \"slow.example:1\": cannot resolve \"slow.example\": no "
	    "answer within 0.5 s");
	ck_assert_ptr_null(config->services[1].missing);
	ck_assert_ptr_null(config->services[2].missing);
	ck_assert(config->unanswered); /* with more time, at once */
	ck_assert_uint_eq(config->nnames, 3);
}
END_TEST

/* A user, a group or a port may be with a name service that hangs. */
START_TEST(a_user_without_an_answer_affects_one_service)
{
	const struct config *config =
	    load("a: { " M
		 "user = \"slow\" }\n"
		 "b: { listen = [\"127.0.0.1:2\"] message = \"\" group = "
		 "\"slow\" }\n"
		 "c: { listen = [\"127.0.0.1:slow\"] message = \"\" }\n"
		 "d: { listen = [\"127.0.0.1:4\"] message = \"\" }\n",
		true, NULL);

	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors,
	    "test.conf:1: cannot look up user \"slow\": no answer within 5 s; "
	    "\"a\" is out of service\n"
	    "test.conf:2: cannot look up group \"slow\": no answer within 5 s; "
	    "\"b\" is out of service\n"
	    "test.conf:3: listen \"127.0.0.1:slow\": cannot look up port "
	    "\"slow\": no answer within 5 s; \"c\" is out of service");
	ck_assert_ptr_null(config->services[3].missing);
}
END_TEST

/* Also where its group is still to be told from it: "user.group". */
START_TEST(a_slow_user_of_inetd_conf_affects_one_service)
{
	struct config_source source = {
		.inetd = "inetd.conf", .tolerant = true, .root = true
	};
	const struct config *config;

	unit_write_file("inetd.conf",
	    "127.0.0.1:1 stream tcp nowait slow.g /bin/sh\n"
	    "127.0.0.1:2 stream tcp nowait u /bin/sh\n");
	config = build(&source);
	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors,
	    "inetd.conf:1: cannot look up user \"slow.g\": no answer within "
	    "5 s; \"port-1-tcp\" is out of service");
	ck_assert_ptr_null(config->services[1].missing);
	ck_assert(config->unanswered);
	/* A retry had its time: the next one is not at once. */
	source.patient = true;
	config = build(&source);
	ck_assert_ptr_nonnull(config);
	ck_assert(!config->unanswered);
}
END_TEST

static const char named[] =
    "a: { listen = [\"a.example:http\"] message = \"\" user = \"u\" "
    "allow = [\"10.0.0.0/8\"] }\n"
    "b: { listen = [\"127.0.0.1:3\"] message = \"\" group = \"g\" }\n";

/* What was served goes on. */
START_TEST(the_last_answer_is_used_without_a_new_one)
{
	static struct arena old_arena;
	const struct config_source source = {
		.file = "test.conf", .tolerant = true, .root = true
	};
	const struct config *old, *config;
	const struct service *s;

	unit_write_file("test.conf", named);
	ck_assert_int_eq(arena_create(&old_arena, 1), 0);
	ck_assert_int_eq(arena_open(&old_arena), 0);
	old = config_build(&source, &old_arena, build_collect, NULL, NULL);
	ck_assert_ptr_nonnull(old);
	result = -1;
	config = load(named, true, old);
	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(strstr(warnings,
	    "cannot look up \"a.example\": Try again; using the last "
	    "answer"));
	ck_assert_ptr_nonnull(strstr(warnings,
	    "cannot look up \"u\": Input/output error; using the last "
	    "answer"));
	arena_destroy(&old_arena); /* nothing points into it */
	s = &config->services[0];
	ck_assert_str_eq(s->endpoints[0].text, "192.0.2.1:80");
	ck_assert_str_eq(s->identity->name, "u");
	ck_assert_uint_eq(s->identity->uid, 7);
	ck_assert_uint_eq(s->identity->ngroups, 3);
	ck_assert_uint_eq(s->identity->groups[0], 8);
	ck_assert_uint_eq(s->identity->groups[1], 11);
	ck_assert_uint_eq(s->identity->groups[2], 12);
	ck_assert_uint_eq(config->services[1].identity->gid, 9);
	ck_assert_uint_eq(config->nnames, old == NULL ? 0 : 6);
	/* A name that does not exist any more is another matter. */
	result = 0;
	config = load(named, true, config);
	ck_assert_ptr_null(config); /* nor does "nobody" */
	ck_assert_ptr_nonnull(strstr(errors,
	    "listen \"a.example:http\": port \"http\" is not in "
	    "/etc/services"));
}
END_TEST

/* What is written as an address prevails, and hides no error of the text. */
START_TEST(names_whose_address_another_service_has)
{
	const struct config *config = load(
	    "a: { listen = [\"a.example:1\"] message = \"\" }\n"
	    "b: { listen = [\"b.example:2\"] message = \"\" }\n"
	    "c: { listen = [\"192.0.2.1:1\", \"192.0.2.1:2\"] message = \"\" "
	    "}\n",
	    true, NULL);

	ck_assert_ptr_nonnull(config);
	ck_assert_ptr_nonnull(config->services[0].missing);
	ck_assert_ptr_nonnull(config->services[1].missing);
	ck_assert_ptr_null(config->services[2].missing);
	ck_assert_ptr_null(load(
	    "a: { listen = [\"a.example:1\"] message = \"\" }\n"
	    "b: { listen = [\"192.0.2.1:2\"] message = \"\" }\n"
	    "c: { listen = [\"192.0.2.1:1\", \"192.0.2.1:2\"] message = \"\" "
	    "}\n",
	    true, NULL));
	ck_assert_ptr_nonnull(strstr(errors,
	    "test.conf:3: listen \"192.0.2.1:2\": service \"b\" already "
	    "listens on \"192.0.2.1:2\""));
}
END_TEST

/* The group of the configuration takes the place of the user's own. */
START_TEST(groups_of_a_user)
{
	const struct service *s =
	    good_service("x: { " X "user = \"u\" group = \"g\" }", true);

	ck_assert_uint_eq(s->identity->gid, 9);
	ck_assert_uint_eq(s->identity->ngroups, 3);
	ck_assert_uint_eq(s->identity->groups[0], 9);
	ck_assert_uint_eq(s->identity->groups[2], 12);
}
END_TEST

/* More than there may be threads. */
START_TEST(very_many_names)
{
	char text[40000] = "x: { message = \"\" listen = [";
	size_t used = strlen(text);
	int i;

	for (i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s\"127.0.0.1:p%d\"", i > 0 ? ", " : "", i);
	strlcat(text, "] }\n", sizeof(text));
	ck_assert_ptr_null(load(text, false, NULL)); /* all are port 80 */
	ck_assert_int_eq(asked, 1003);
}
END_TEST

START_TEST(something_missing_is_not_an_error_of_the_text)
{
	result = 0;
	ck_assert_ptr_null(
	    load("x: { listen = [\"a.example:1\"] "
		 "message = \"\" }",
		false, NULL));
	ck_assert(!build_wrong);
	ck_assert_ptr_null(
	    load("x: { listen = [\"a.example:1\"] "
		 "mesage = \"\" }",
		false, NULL));
	ck_assert(build_wrong);
}
END_TEST

/* --- names of targets --- */

START_TEST(a_target_without_an_address_is_left_out)
{
	const struct config *config = load(
	    "x: { listen = [\"127.0.0.1:1\"] forward = [\"slow.example:2\", "
	    "\"a.example:http\", \"/run/x\"] }\n",
	    true, NULL);
	const struct service *s;

	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors, "");
	ck_assert_str_eq(warnings,
	    "test.conf:1: forward \"slow.example:2\": cannot resolve "
	    "\"slow.example\": no answer within 0.5 s; leaving it out");
	s = &config->services[0];
	ck_assert_ptr_null(s->missing);
	ck_assert_uint_eq(s->ntargets, 2);
	ck_assert_str_eq(s->targets[0].text, "192.0.2.1:80");
	ck_assert_str_eq(s->targets[0].host, "a.example");
	ck_assert_str_eq(s->targets[1].text, "/run/x");
	ck_assert(config->unanswered);
	ck_assert(config_has_target_names(config, true));
}
END_TEST

START_TEST(without_any_target_a_service_is_out)
{
	const struct config *config;

	host_result = 0;
	config = load(
	    "x: { listen = [\"127.0.0.1:1\"] forward = [\"a.example:2\", "
	    "\"b.example:3\"] }\n"
	    "y: { listen = [\"127.0.0.1:2\"] message = \"\" }\n",
	    true, NULL);
	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors,
	    "test.conf:1: forward \"a.example:2\": cannot resolve "
	    "\"a.example\": Name or service not known; \"x\" is out of "
	    "service");
	ck_assert_str_eq(warnings,
	    "test.conf:1: forward \"b.example:3\": cannot resolve "
	    "\"b.example\": Name or service not known; leaving it out");
	ck_assert_ptr_null(config->services[1].missing);
}
END_TEST

START_TEST(a_target_whose_interface_does_not_exist)
{
	const struct config *config = load(
	    "x: { listen = [\"127.0.0.1:1\"] "
	    "forward = \"[fe80::1%none9]:2\" }\n"
	    "y: { listen = [\"127.0.0.1:2\"] "
	    "forward = [\"[fe80::1%none9]:2\", \"[fe80::1%lo]:2\", "
	    "\"[fe80::1%999]:2\"] }\n",
	    true, NULL);
	const struct service *y;

	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors,
	    "test.conf:1: forward \"[fe80::1%none9]:2\": interface "
	    "\"none9\" does not exist; \"x\" is out of service");
	ck_assert_str_eq(warnings,
	    "test.conf:2: forward \"[fe80::1%none9]:2\": interface "
	    "\"none9\" does not exist; leaving it out");
	y = &config->services[1];
	ck_assert_uint_eq(y->ntargets, 2);
	ck_assert_str_eq(y->targets[0].text, "[fe80::1%lo]:2");
	ck_assert_str_eq(y->targets[1].text, "[fe80::1%999]:2");
	ck_assert(config_has_target_names(config, true));
}
END_TEST

START_TEST(two_names_of_one_target)
{
	const struct config *config = load(
	    "x: { listen = [\"127.0.0.1:1\"] forward = [\"192.0.2.1:2\", "
	    "\"a.example:2\"] }\n",
	    true, NULL);

	ck_assert_ptr_nonnull(config);
	ck_assert_uint_eq(config->services[0].ntargets, 1);
	ck_assert_str_eq(warnings,
	    "test.conf:1: the target \"192.0.2.1:2\" is in \"forward\" twice, "
	    "once by name");
}
END_TEST

START_TEST(a_name_of_the_other_family_than_the_source)
{
	const struct config *config = load(
	    "x: { listen = [\"127.0.0.1:1\"] forward = [\"a.example:2\"] "
	    "forward-source = \"::1\" }\n"
	    "y: { listen = [\"127.0.0.1:2\"] message = \"\" }\n",
	    true, NULL);

	ck_assert_ptr_nonnull(config);
	ck_assert_ptr_nonnull(strstr(errors,
	    "forward \"a.example:2\": cannot resolve \"a.example\": it has no "
	    "address of the family of \"forward-source\"; \"x\" is out of "
	    "service"));
}
END_TEST

/* As name servers answer that block a name. */
START_TEST(a_name_with_the_wildcard_address)
{
	static const char *const cases[] = { "0.0.0.0",
		"::", "::ffff:0.0.0.0" };

	address = cases[_i];
	ck_assert_ptr_nonnull(
	    load("x: { listen = [\"127.0.0.1:1\"] forward = "
		 "[\"a.example:2\"] }\n"
		 "y: { listen = [\"127.0.0.1:2\"] message = \"\" }\n",
		true, NULL));
	ck_assert_ptr_nonnull(strstr(errors,
	    "forward \"a.example:2\": cannot resolve \"a.example\": it has "
	    "the wildcard address; \"x\" is out of service"));
}
END_TEST

START_TEST(a_loop_by_name_affects_one_service)
{
	const struct config *config;

	address = "127.0.0.1";
	config = load(
	    "x: { listen = [\"*:1\"]\nforward = \"a.example:1\" }\n"
	    "a: { listen = [\"127.0.0.1:2\"]\nforward = \"127.0.0.1:3\" }\n"
	    "b: { listen = [\"127.0.0.1:3\"]\nforward = \"b.example:2\" }\n",
	    true, NULL);
	ck_assert_msg(config != NULL, "%s", errors);
	ck_assert_str_eq(errors,
	    "test.conf:2: forward \"127.0.0.1:1\" makes a loop: service \"x\" "
	    "itself "
	    "listens there (test.conf:1); \"x\" is out of service\n"
	    "test.conf:6: forward \"127.0.0.1:2\" makes a loop: \"a\" forwards "
	    "to "
	    "\"b\" (test.conf:6), \"b\" forwards to \"a\"; \"b\" is out of "
	    "service");
	ck_assert_ptr_nonnull(config->services[0].missing);
	ck_assert_ptr_null(config->services[1].missing);
	ck_assert_ptr_nonnull(config->services[2].missing);
}
END_TEST

/* OLD, whose texts are read again, in the other arena. */
static const struct config *
load_again(const struct config *old, bool resolve)
{
	static struct arena again;
	const struct config_source source = { .tolerant = true,
		.root = true,
		.patient = true,
		.resolve = resolve,
		.again = old,
		.previous = old };

	if (again.base != NULL)
		arena_destroy(&again);
	errors[0] = warnings[0] = '\0';
	asked = 0;
	ck_assert_int_eq(arena_create(&again, 1), 0);
	ck_assert_int_eq(arena_open(&again), 0);
	return config_build(&source, &again, build_collect, NULL, NULL);
}

static const char with_targets[] =
    "x: { listen = [\"listen.example:http\"] user = \"u\" "
    "forward = [\"a.example:2\", \"b.example:3\"] }\n";

START_TEST(only_targets_are_resolved_again)
{
	const struct config *old = load(with_targets, true, NULL), *config;

	ck_assert_ptr_nonnull(old);
	ck_assert_uint_eq(old->services[0].ntargets, 2);
	ck_assert(!config_has_target_names(old, true));
	config = load_again(old, true);
	ck_assert_ptr_nonnull(config);
	ck_assert_int_eq(asked, 2);
	ck_assert(!forward_has_changed(old, config));
	address = "192.0.2.7";
	config = load_again(old, true);
	ck_assert_ptr_nonnull(config);
	ck_assert(forward_has_changed(old, config));
	ck_assert_str_eq(config->services[0].targets[1].text, "192.0.2.7:3");
	ck_assert_str_eq(config->services[0].endpoints[0].text, "192.0.2.1:80");
	ck_assert_str_eq(config->services[0].identity->name, "u");
}
END_TEST

START_TEST(a_name_that_disappears_keeps_its_addresses)
{
	const struct config *old = load(with_targets, true, NULL), *config;
	size_t i, stale = 0;

	ck_assert_ptr_nonnull(old);
	for (host_result = 0; host_result >= -1; host_result--) {
		config = load_again(old, true);
		ck_assert_ptr_nonnull(config);
		ck_assert(!forward_has_changed(old, config));
		ck_assert_msg(
		    config->services[0].missing == NULL, "%s", errors);
		for (i = stale = 0; i < config->nnames; i++)
			stale += config->names[i].stale != NULL;
		ck_assert_uint_eq(stale, 2);
		ck_assert_ptr_nonnull(
		    strstr(warnings, "cannot look up \"a.example\": "));
	}
}
END_TEST

/* A retry keeps them, too; it asks for all else. */
START_TEST(a_retry_keeps_addresses_of_targets)
{
	const struct config *old = load(with_targets, true, NULL), *config;

	ck_assert_ptr_nonnull(old);
	host_result = 0;
	config = load_again(old, false);
	ck_assert_ptr_nonnull(config);
	ck_assert_uint_eq(config->services[0].ntargets, 2);
	ck_assert_str_eq(config->services[0].missing,
	    "listen \"listen.example:http\": cannot resolve "
	    "\"listen.example\": Name or service not known");
}
END_TEST

START_TEST(names_without_an_address_are_resolved_again)
{
	const struct config *old, *config;

	old = load(
	    "resolve-interval = \"none\"\n"
	    "x: { listen = [\"127.0.0.1:1\"] "
	    "forward = [\"slow.example:2\", \"a.example:2\"] }\n",
	    true, NULL);
	ck_assert_ptr_nonnull(old);
	ck_assert_uint_eq(old->services[0].ntargets, 1);
	leave_slow();
	address = "192.0.2.8";
	config = load_again(old, true);
	ck_assert_ptr_nonnull(config);
	ck_assert_int_eq(asked, 1);
	ck_assert_uint_eq(config->services[0].ntargets, 2);
	ck_assert_str_eq(config->services[0].targets[0].text, "192.0.2.8:2");
	ck_assert_str_eq(config->services[0].targets[1].text, "192.0.2.1:2");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, names_are_looked_up_at_once);
	tcase_add_test(tc, names_of_a_disabled_service_are_not_looked_up);
	tcase_add_test(tc, a_host_without_an_answer_affects_one_service);
	tcase_add_test(tc, a_user_without_an_answer_affects_one_service);
	tcase_add_test(tc, a_slow_user_of_inetd_conf_affects_one_service);
	tcase_add_test(tc, the_last_answer_is_used_without_a_new_one);
	tcase_add_test(tc, names_whose_address_another_service_has);
	tcase_add_test(tc, groups_of_a_user);
	tcase_add_test(tc, very_many_names);
	tcase_add_test(tc, something_missing_is_not_an_error_of_the_text);
	tcase_add_test(tc, a_target_without_an_address_is_left_out);
	tcase_add_test(tc, without_any_target_a_service_is_out);
	tcase_add_test(tc, a_target_whose_interface_does_not_exist);
	tcase_add_test(tc, two_names_of_one_target);
	tcase_add_test(tc, a_name_of_the_other_family_than_the_source);
	tcase_add_loop_test(tc, a_name_with_the_wildcard_address, 0, 3);
	tcase_add_test(tc, a_loop_by_name_affects_one_service);
	tcase_add_test(tc, only_targets_are_resolved_again);
	tcase_add_test(tc, a_name_that_disappears_keeps_its_addresses);
	tcase_add_test(tc, a_retry_keeps_addresses_of_targets);
	tcase_add_test(tc, names_without_an_address_are_resolved_again);
}

int
main(void)
{
	return unit_run("names", add);
}
