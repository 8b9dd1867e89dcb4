/*
 * check_pools.c -- pools of users: what is refused, what is proposed, and the
 * identity that they give.
 *
 * The functions below replace those of load/contain/ids.c.
 */

#include "tests/unit/build.h"

#include <string.h>

#include "load/contain/ids.h"

static bool big = true; /* the user namespace has more than 65536 IDs */

void
ids_add_users(struct ranges *r)
{
	ranges_add(r, "root", 0, 0);
	ranges_add(r, "alice", 1000, 1000);
	ranges_add(r, "carol", 200100, 200100);
}

void
ids_add_groups(struct ranges *r)
{
	ranges_add(r, "root", 0, 0);
	ranges_add(r, "staff", 200400, 200400);
}

void
ids_add_subordinate(struct ranges *r, const char *path)
{
	if (strcmp(path, "/etc/subuid") == 0)
		ranges_add(r, "alice", 300000, 365535);
}

void
ids_add_mapped(struct ranges *r, const char *path UNUSED)
{
	ranges_add(r, "", 0, big ? 4000000 : 65535);
}

#define P "listen = [\"127.0.0.1:80\"] exec = [\"/bin/sh\"]\nuser = "
#define FEW " max-sessions = 5 "

START_TEST(what_is_no_pool)
{
	static const char form[] =
	    " is not a pool of user IDs, such as \"pool:200000-200255\"";
	static const struct {
		const char *pool, *why;
	} cases[] = {
		{ "pool:", form },
		{ "pool:200000", form },
		{ "pool:200000-", form },
		{ "pool:-200000", form },
		{ "pool:200001-200000", form },
		{ "pool:200000-200255x", form },
		{ "pool:1 -2", form },
		{ "pool:200000-4294967296", form },
		{ "pool:0-10", ": a pool begins at user ID 1000 or above" },
		{ "pool:999-2000", ": a pool begins at user ID 1000 or above" },
		{ "pool:65000-65534",
		    ": a pool must not contain the user IDs 65534, 65535 and "
		    "4294967295" },
		{ "pool:65535-66000",
		    ": a pool must not contain the user IDs 65534, 65535 and "
		    "4294967295" },
		{ "pool:4294967000-4294967295",
		    ": a pool must not contain the user IDs 65534, 65535 and "
		    "4294967295" },
	};
	char text[256], want[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(
		    text, sizeof(text), "x: { " P "\"%s\" }", cases[i].pool);
		snprintf(want, sizeof(want), "test.conf:2: \"user\": \"%s\"%s",
		    cases[i].pool, cases[i].why);
		ck_assert_ptr_null(build_text(text, true));
		ck_assert_str_eq(errors, want);
	}
}
END_TEST

START_TEST(what_a_pool_must_be)
{
	static const struct refused cases[] = {
		{ "x: { " P "\"pool:200000-200009\" }",
		    "test.conf:2: \"user\": \"pool:200000-200009\" has 10 user "
		    "IDs, fewer than \"max-sessions\" of \"x\", which is "
		    "256" },
		{ "x: { " P "\"pool:200000-200009\" max-sessions = 11 }",
		    "test.conf:2: \"user\": \"pool:200000-200009\" has 10 user "
		    "IDs, fewer than \"max-sessions\" of \"x\", which is 11" },
		{ "x: { " P "\"pool:200050-200109\"" FEW "}",
		    "test.conf:2: \"user\": \"pool:200050-200109\" contains "
		    "200100, which is the user \"carol\"; "
		    "\"pool:200000-200059\" is free" },
		/* The lowest free range has room for it between the others. */
		{ "x: { " P "\"pool:200000-200399\"" FEW "}",
		    "test.conf:2: \"user\": \"pool:200000-200399\" contains "
		    "200100, which is the user \"carol\"; "
		    "\"pool:200401-200800\" is free" },
		{ "x: { " P "\"pool:200400-200499\"" FEW "}",
		    "test.conf:2: \"user\": \"pool:200400-200499\" contains "
		    "200400, which is the group \"staff\"; "
		    "\"pool:200000-200099\" is free" },
		{ "x: { " P "\"pool:5000000-5000009\"" FEW "}",
		    "test.conf:2: \"user\": \"pool:5000000-5000009\" contains "
		    "5000000, which is not mapped in haild's user "
		    "namespace" },
		{ "x: { " P "\"pool:210000-210009\"\ngroup = \"root\" groups = "
		  "[]" FEW "}",
		    "test.conf:3: \"group\" does not apply with a pool in "
		    "\"user\": each session has a group of its own\n"
		    "test.conf:3: \"groups\" does not apply with a pool in "
		    "\"user\": each session has a group of its own" },
		{ "group = \"root\"\nuser = \"pool:210000-210009\"\n"
		  "x: { " X FEW "}",
		    "test.conf:1: \"group\" does not apply with a pool in "
		    "\"user\": each session has a group of its own" },
		{ "x: { " P "\"pool:210000-210009\"" FEW "}\n"
		  "y: { listen = [\"127.0.0.1:81\"] exec = [\"/bin/sh\"]\n"
		  "user = \"pool:210009-210018\"" FEW "}",
		    "test.conf:4: \"user\": \"pool:210009-210018\" overlaps "
		    "\"pool:210000-210009\" at test.conf:2" },
		{ "x: { " M "\nuser = \"pool:210000-210009\" }",
		    "test.conf:2: \"user\": a pool does not apply to "
		    "\"message\" services" },
		{ "x: { listen = [\"127.0.0.1:80\"] builtin = \"echo\"\n"
		  "user = \"pool:210000-210009\" }",
		    "test.conf:2: \"user\": a pool does not apply to "
		    "\"builtin\" services" },
		{ "x: { listen = [\"/x\"] user = \"nobody\" commands: {\n"
		  "a: { exec = [\"/bin/sh\"]\nuser = \"pool:210000-210009\" "
		  "max-sessions = 12 } } }",
		    "test.conf:3: \"user\": \"pool:210000-210009\" has 10 user "
		    "IDs, fewer than \"max-sessions\" of \"a\", which is 12" },
	};

	REFUSE(cases, true);
}
END_TEST

START_TEST(strict_needs_a_pool_and_proposes_one)
{
	static const struct refused cases[] = {
		{ "x: { " P "\"nobody\" sandbox = \"strict\" }",
		    "test.conf:2: \"sandbox\": \"strict\" needs a user for "
		    "each session of \"x\": write user = \"pool:FIRST-LAST\"; "
		    "\"pool:200101-200356\" is free" },
		{ "x: { " P "\"nobody\" sandbox = \"strict\" max-sessions = 20 "
		  "}",
		    "test.conf:2: \"sandbox\": \"strict\" needs a user for "
		    "each session of \"x\": write user = \"pool:FIRST-LAST\"; "
		    "\"pool:200000-200019\" is free" },
		{ "x: { " P "\"nobody\" sandbox = \"strict\" wait = true }",
		    "test.conf:2: \"sandbox\": \"strict\" needs a user for "
		    "each session of \"x\": write user = \"pool:FIRST-LAST\"; "
		    "\"pool:200000-200000\" is free" },
		/* What the configuration has is not free. */
		{ "x: { " P "\"pool:200000-200019\" max-sessions = 20 }\n"
		  "y: { listen = [\"/y\"] user = \"nobody\"\n"
		  "sandbox = \"strict\" commands: {\n"
		  "a: { exec = [\"/bin/sh\"] max-sessions = 20 }\n"
		  "b: { exec = [\"/bin/sh\"] sandbox = \"basic\" } } }",
		    "test.conf:3: \"sandbox\": \"strict\" needs a user for "
		    "each session of \"a\": write user = \"pool:FIRST-LAST\"; "
		    "\"pool:200020-200039\" is free" },
	};

	REFUSE(cases, true);
	big = false;
	ck_assert_ptr_null(build_text(cases[1].text, true));
	ck_assert_str_eq(errors,
	    "test.conf:2: \"sandbox\": \"strict\" needs a user for each "
	    "session of \"x\": write user = \"pool:FIRST-LAST\"; "
	    "\"pool:20000-20019\" is free");
	ck_assert_ptr_null(build_text(
	    "x: { " P "\"nobody\" sandbox = \"strict\" max-sessions = 65536 }",
	    true));
	ck_assert_str_eq(errors,
	    "test.conf:2: \"sandbox\": \"strict\" needs a user for each "
	    "session of \"x\": write user = \"pool:FIRST-LAST\"; no 65536 user "
	    "IDs in a row are free in haild's user namespace");
	big = true;
}
END_TEST

START_TEST(its_identity)
{
	const struct service *s =
	    good_service("x: { " P
			 "\"pool:210000-210255\" directory = \"/tmp\" "
			 "sandbox = \"strict\" }",
		true);
	const struct identity *id = s->identity;

	ck_assert_uint_eq(s->contained.pool_first, 210000);
	ck_assert_uint_eq(s->contained.pool_last, 210255);
	ck_assert_str_eq(id->name, "pool:210000-210255");
	ck_assert_uint_eq(id->uid, 210000);
	ck_assert_uint_eq(id->gid, 210000);
	ck_assert_uint_eq(id->ngroups, 0);
	ck_assert_str_eq(id->home, "/tmp");
	ck_assert_str_eq(id->shell, "/bin/sh");
	ck_assert_str_eq(id->variables[0], "HOME=/tmp");
	ck_assert_str_eq(id->variables[1], "USER=haild-210000");
	ck_assert_str_eq(id->variables[2], "LOGNAME=haild-210000");
	ck_assert_str_eq(id->variables[3], "SHELL=/bin/sh");
	ck_assert(s->no_new_privileges);
}
END_TEST

START_TEST(one_pool_for_several_services)
{
	const struct config *config = good(
	    "user = \"pool:210000-210255\"\ngroup = \"root\"\n"
	    "x: { listen = [\"/x\"] exec = [\"/bin/sh\"] user = "
	    "\"pool:210000-210255\" }\n"
	    "y: { listen = [\"/y\"] exec = [\"/bin/sh\"] user = "
	    "\"pool:210000-210255\" }\n"
	    "m: { listen = [\"/m\"] message = \"\" }\n"
	    "n: { listen = [\"/n\"] exec = [\"/bin/sh\"] user = \"nobody\" }\n",
	    true);

	ck_assert_uint_eq(
	    config_find(config, "x")->contained.pool_first, 210000);
	ck_assert_uint_eq(
	    config_find(config, "y")->contained.pool_last, 210255);
	/* A default for other services: it is nobody's here. */
	ck_assert_uint_eq(config_find(config, "m")->contained.pool_first, 0);
	ck_assert_ptr_null(config_find(config, "m")->user);
	ck_assert_uint_ne(config_find(config, "m")->identity->uid, 210000);
	ck_assert_uint_eq(config_find(config, "n")->contained.pool_first, 0);
	ck_assert_str_eq(config_find(config, "n")->identity->name, "nobody");
}
END_TEST

/* The process that keeps the commands has no user of the pool. */
START_TEST(commands_have_one_each)
{
	const struct service *s = good_service(
	    "x: { listen = [\"/x\"] user = \"pool:210000-210255\" commands: {\n"
	    "a: { exec = [\"/bin/sh\"] directory = \"/tmp\" }\n"
	    "b: { exec = [\"/bin/sh\"] user = \"nobody\" } } }",
	    true);
	const struct service *a = &s->commands[0], *b = &s->commands[1];

	ck_assert_uint_eq(s->contained.pool_first, 0);
	ck_assert_uint_ne(s->identity->uid, 210000);
	ck_assert_uint_eq(a->contained.pool_first, 210000);
	ck_assert_uint_eq(a->identity->uid, 210000);
	ck_assert_str_eq(a->identity->variables[0], "HOME=/tmp");
	ck_assert_uint_eq(b->contained.pool_first, 0);
	ck_assert_str_eq(b->identity->name, "nobody");
}
END_TEST

START_TEST(containers_with_its_ids_draw_a_warning)
{
	good("x: { " P "\"pool:365000-366000\" }", true);
	ck_assert_ptr_nonnull(strstr(warnings,
	    "test.conf:2: \"user\": \"pool:365000-366000\" overlaps "
	    "300000-365535, which subuid(5) gives to \"alice\": processes of "
	    "that user's containers could signal those of sessions"));
}
END_TEST

START_TEST(what_a_session_leaves_to_the_next)
{
	static const char files[] =
	    "test.conf:2: \"user\": files that a session of \"x\" leaves in "
	    "/tmp belong to a later one with the same user ID: add private-tmp "
	    "= true";
	static const char objects[] =
	    "test.conf:2: \"user\": shared memory, semaphores and queues that "
	    "a session of \"x\" leaves belong to a later one with the same "
	    "user ID: add private-ipc = true";
	struct config_source source = { .file = "test.conf",
		.dir = "conf.d",
		.root = true,
		.advise = true,
		.cgroup = CGROUP_LEAVES };

	unit_write_file("test.conf", "x: { " P "\"pool:210000-210255\" }");
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_ptr_nonnull(strstr(warnings, files));
	ck_assert_ptr_nonnull(strstr(warnings, objects));
	unit_write_file("test.conf",
	    "x: { " P "\"pool:210000-210255\" sandbox = \"strict\" }");
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_ptr_null(strstr(warnings, "same user ID"));
}
END_TEST

START_TEST(without_root_the_service_is_out_of_service)
{
	const struct config_source source = {
		.file = "test.conf", .dir = "conf.d", .tolerant = true
	};
	const struct config *config;

	unit_write_file("test.conf",
	    "x: { " P
	    "\"pool:210000-210255\" }\n"
	    "y: { listen = [\"/y\"] message = \"\" }\n");
	config = build(&source);
	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(errors,
	    "test.conf:2: \"user\": \"pool:210000-210255\" needs root; \"x\" "
	    "is out of service");
	ck_assert_str_eq(config_find(config, "x")->missing,
	    "\"user\": \"pool:210000-210255\" needs root");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, what_is_no_pool);
	tcase_add_test(tc, what_a_pool_must_be);
	tcase_add_test(tc, strict_needs_a_pool_and_proposes_one);
	tcase_add_test(tc, its_identity);
	tcase_add_test(tc, one_pool_for_several_services);
	tcase_add_test(tc, commands_have_one_each);
	tcase_add_test(tc, containers_with_its_ids_draw_a_warning);
	tcase_add_test(tc, what_a_session_leaves_to_the_next);
	tcase_add_test(tc, without_root_the_service_is_out_of_service);
}

int
main(void)
{
	return unit_run("pools", add);
}
