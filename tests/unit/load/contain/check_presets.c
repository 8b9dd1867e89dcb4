/*
 * check_presets.c -- what "sandbox" sets, and what overrides it.
 */

#include "tests/unit/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/contain/presets.h"

#define S "user = \"root\" "
#define POOL "user = \"pool:210000-210255\" "
#define XS "listen = [\"/x\"] exec = [\"/bin/sh\"] "

static bool
has(const char *const *list, const char *text)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

START_TEST(none)
{
	const struct service *s = good_service("x: { " XS S "}", true);

	ck_assert_int_eq(s->sandbox, SANDBOX_NONE);
	ck_assert(!s->no_new_privileges); /* root */
	ck_assert(!s->private_network && !s->private_tmp);
	ck_assert(!s->private_devices && !s->private_pids && !s->private_ipc);
	ck_assert(!s->protect_hostname && !s->restrict_namespaces);
	ck_assert(!s->landlock_scope);
	ck_assert_int_eq(s->protect_system, PROTECT_SYSTEM_NO);
	ck_assert_int_eq(s->protect_home, PROTECT_HOME_NO);
	ck_assert_ptr_null(s->read_only_paths);
	ck_assert_ptr_null(s->read_write_paths);
	ck_assert_ptr_null(s->inaccessible_paths);
	ck_assert_ptr_null(s->bind_paths);
	ck_assert_ptr_null(s->bind_read_only_paths);
	ck_assert_ptr_null(s->system_call_filter);
	ck_assert_ptr_null(s->restrict_address_families);
	ck_assert_ptr_null(s->capabilities);
	ck_assert_int_eq(s->memory_max, -1);
	ck_assert_int_eq(s->tasks_max, -1);
	ck_assert_int_eq(s->cpu_quota, -1);
	ck_assert_int_eq(s->service_memory_max, -1);
	ck_assert_int_eq(s->service_tasks_max, -1);
	ck_assert_int_eq(s->oom_policy, OOM_KILL);
	ck_assert_int_eq(s->oom_score_adjust, 0);
	ck_assert_ptr_null(s->cpu_affinity);
	ck_assert_int_eq(s->contained.tree, NO_TREE);
	ck_assert(s->contained.capabilities == CAPABILITIES_ALL);
	ck_assert_ptr_null(s->contained.filter);
	ck_assert_ptr_null(s->contained.cpus);
	ck_assert_uint_eq(s->contained.pool_first, 0);
	ck_assert(s->contained.written == 0);
}
END_TEST

START_TEST(basic)
{
	const struct service *s =
	    good_service("x: { " XS S "sandbox = \"basic\" }", true);

	ck_assert_int_eq(s->sandbox, SANDBOX_BASIC);
	ck_assert(s->no_new_privileges); /* although it is root */
	ck_assert(!s->private_network && !s->private_tmp);
	ck_assert(s->private_devices && s->restrict_namespaces);
	ck_assert(!s->private_pids && !s->private_ipc);
	ck_assert(!s->protect_hostname && s->landlock_scope);
	ck_assert_int_eq(s->protect_system, PROTECT_SYSTEM_FULL);
	ck_assert_int_eq(s->protect_home, PROTECT_HOME_YES);
	ck_assert(has(s->inaccessible_paths, "-" SYSCONFDIR "/haild"));
	ck_assert(has(s->inaccessible_paths, "-" STATEDIR));
	ck_assert(has(s->inaccessible_paths, "-" RUNSTATEDIR "/haild"));
	ck_assert(has(s->inaccessible_paths, "-/sys/fs/cgroup"));
	ck_assert(!has(s->inaccessible_paths, "-/run"));
	ck_assert(has(s->system_call_filter, "~@mount"));
	ck_assert(has(s->system_call_filter, "~io_uring_setup"));
	ck_assert(has(s->restrict_address_families, "AF_NETLINK"));
	ck_assert_ptr_nonnull(s->capabilities);
	ck_assert_ptr_null(s->capabilities[0]);
	ck_assert(s->contained.capabilities == 0);
	ck_assert_ptr_nonnull(s->contained.filter);
	ck_assert_int_eq(s->memory_max, -1);
}
END_TEST

START_TEST(strict)
{
	const struct service *s =
	    good_service("x: { " XS POOL "sandbox = \"strict\" }", true);

	ck_assert_int_eq(s->sandbox, SANDBOX_STRICT);
	ck_assert(s->no_new_privileges);
	ck_assert(s->private_network && s->private_tmp);
	ck_assert(s->private_devices && s->private_pids && s->private_ipc);
	ck_assert(s->protect_hostname && s->restrict_namespaces);
	ck_assert(s->landlock_scope);
	ck_assert_int_eq(s->protect_system, PROTECT_SYSTEM_STRICT);
	ck_assert_int_eq(s->protect_home, PROTECT_HOME_YES);
	ck_assert(has(s->inaccessible_paths, "-/run"));
	ck_assert(has(s->system_call_filter, "~@mount"));
	ck_assert(s->contained.capabilities == 0);
}
END_TEST

START_TEST(what_is_written_overrides)
{
	const struct service *s = good_service(
	    "private-network = true\nprotect-home = \"no\"\n"
	    "x: { " XS S
	    "sandbox = \"basic\" private-devices = false "
	    "no-new-privileges = true inaccessible-paths = [\"/srv\", "
	    "\"-/boot\"] restrict-address-families = [] "
	    "capabilities = [\"cap_chown\", \"CAP_CHECKPOINT_RESTORE\"] }",
	    true);
	size_t i, boots = 0;

	ck_assert(s->private_network);
	ck_assert_int_eq(s->protect_home, PROTECT_HOME_NO);
	ck_assert(!s->private_devices);
	ck_assert_int_eq(s->protect_system, PROTECT_SYSTEM_FULL);
	ck_assert_ptr_null(s->restrict_address_families[0]);
	ck_assert(has(s->inaccessible_paths, "/srv"));
	ck_assert(has(s->inaccessible_paths, "-/sys/fs/cgroup"));
	for (i = 0; s->inaccessible_paths[i] != NULL; i++)
		boots += strcmp(s->inaccessible_paths[i], "-/boot") == 0;
	ck_assert_uint_eq(boots, 1);
	ck_assert(s->contained.capabilities == (UINT64_C(1) | 1ULL << 40));
	ck_assert(part_is_written(s, "private-network"));
	ck_assert(part_is_written(s, "private-devices"));
	ck_assert(!part_is_written(s, "protect-system"));
}
END_TEST

/* One part of a preset can be taken back. */
START_TEST(an_empty_list_is_no_filter)
{
	const struct service *s =
	    good_service("x: { " XS S
			 "sandbox = \"basic\" system-call-filter = [] "
			 "restrict-address-families = [] }",
		true);

	ck_assert_ptr_nonnull(s->contained.filter); /* restrict-namespaces */
	s = good_service(
	    "x: { " XS S
	    "sandbox = \"basic\" system-call-filter = [] "
	    "restrict-address-families = [] restrict-namespaces = false }",
	    true);
	ck_assert_ptr_null(s->contained.filter);
	s = good_service("x: { " XS S
			 "restrict-address-families = [] "
			 "system-call-filter = [\"~@mount\"] }",
	    true);
	ck_assert_ptr_nonnull(s->contained.filter);
}
END_TEST

/* What the service has from its preset does not stay in another command's. */
START_TEST(commands_have_presets_of_their_own)
{
	const struct service *s = good_service(
	    "x: { listen = [\"/x\"] " POOL
	    "sandbox = \"strict\"\n"
	    "inaccessible-paths = [\"/srv\"] private-ipc = false commands: {\n"
	    "a: { exec = [\"/bin/sh\"] }\n"
	    "b: { exec = [\"/bin/sh\"] sandbox = \"none\" }\n"
	    "c: { exec = [\"/bin/sh\"] sandbox = \"basic\" "
	    "inaccessible-paths = [\"/opt\"] private-ipc = true } } }",
	    true);
	const struct service *a = &s->commands[0], *b = &s->commands[1],
			     *c = &s->commands[2];

	ck_assert(a->private_network && !a->private_ipc && a->landlock_scope);
	ck_assert(has(a->inaccessible_paths, "/srv"));
	ck_assert(has(a->inaccessible_paths, "-/run"));
	ck_assert(!b->private_network && !b->private_ipc);
	ck_assert_ptr_null(b->system_call_filter);
	ck_assert_ptr_null(b->capabilities);
	ck_assert_str_eq(b->inaccessible_paths[0], "/srv");
	ck_assert_ptr_null(b->inaccessible_paths[1]);
	ck_assert(b->contained.capabilities == CAPABILITIES_ALL);
	ck_assert(!c->private_network && c->private_ipc);
	ck_assert(has(c->inaccessible_paths, "/opt"));
	ck_assert(!has(c->inaccessible_paths, "/srv"));
	ck_assert(!has(c->inaccessible_paths, "-/run"));
	ck_assert_int_eq(c->protect_system, PROTECT_SYSTEM_FULL);
}
END_TEST

START_TEST(defaults_do_not_apply_to_what_has_no_program)
{
	const struct config *config = good(
	    "sandbox = \"basic\"\nprivate-pids = true\ntasks-max = 9\n"
	    "m: { listen = [\"/m\"] message = \"\" }\n"
	    "b: { listen = [\"/b\"] builtin = \"echo\" }\n"
	    "x: { " XS S "}\n",
	    true);
	const struct service *m = config_find(config, "m");
	const struct service *b = config_find(config, "b");
	const struct service *x = config_find(config, "x");

	ck_assert(!m->private_pids && !b->private_pids && x->private_pids);
	ck_assert_int_eq(m->sandbox, SANDBOX_NONE);
	ck_assert_int_eq(b->sandbox, SANDBOX_NONE);
	ck_assert_int_eq(m->tasks_max, -1);
	ck_assert_int_eq(x->tasks_max, 9);
	ck_assert_ptr_null(b->inaccessible_paths);
	ck_assert(m->contained.capabilities == CAPABILITIES_ALL);
	ck_assert_int_eq(x->sandbox, SANDBOX_BASIC);
}
END_TEST

START_TEST(each_part_is_printed_with_its_origin)
{
	static const char *const lines[] = {
		"\tsandbox = \"strict\"\n",
		"\tprivate-network = true # sandbox = \"strict\"\n",
		"\tprivate-ipc = false\n",
		"\tprivate-tmp = true\n",
		"\tprotect-system = \"strict\" # sandbox = \"strict\"\n",
		"\tno-new-privileges = true # sandbox = \"strict\"\n",
		"\tcapabilities = [] # sandbox = \"strict\"\n",
		"\"-/run\"] # with those of sandbox = \"strict\"\n",
		"\tmemory-max = \"none\" # default\n",
		"\ttasks-max = 7\n",
		"\tcpu-quota = \"50%\"\n",
		"\toom-policy = \"kill\" # default\n",
	};
	char *text = build_print(good(
	    "private-tmp = true x: { " XS POOL
	    "sandbox = \"strict\" private-ipc = false tasks-max = 7 cpu-quota "
	    "= \"50%\" inaccessible-paths = [\"/srv\"] }",
	    true));
	size_t i;

	for (i = 0; i < COUNT(lines); i++)
		ck_assert_msg(strstr(text, lines[i]) != NULL, "no %s in\n%s",
		    lines[i], text);
	if (presets_has_scopes())
		ck_assert_ptr_nonnull(strstr(
		    text, "\tlandlock-scope = true # sandbox = \"strict\"\n"));
	else
		ck_assert_ptr_nonnull(strstr(text,
		    "\tlandlock-scope = true # sandbox = \"strict\"; no "
		    "effect on this kernel: needs Linux 6.12\n"));
	free(text);
}
END_TEST

/* A value that was written where it came from the preset is no change. */
START_TEST(origins_are_not_differences)
{
	static const char *const texts[] = {
		"x: { " XS S "sandbox = \"basic\" }",
		"x: { " XS S "sandbox = \"basic\" protect-home = \"yes\" }",
		"x: { " XS S "sandbox = \"basic\" protect-home = \"no\" }",
	};
	struct arena arena;
	const struct config *old;
	struct config_source source = {
		.file = "test.conf", .dir = "conf.d", .root = true
	};
	char text[256];

	unit_write_file("test.conf", texts[0]);
	ck_assert_int_eq(arena_create(&arena, 1), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	old = config_build(&source, &arena, build_collect, NULL, NULL);
	ck_assert_ptr_nonnull(old);
	config_diff(old, good(texts[1], true), text, sizeof(text));
	ck_assert_str_eq(text, "nothing");
	config_diff(old, good(texts[2], true), text, sizeof(text));
	ck_assert_str_eq(text, "changed x");
	arena_destroy(&arena);
}
END_TEST

/* Every part is a setting, and every preset's value one that it accepts. */
START_TEST(the_table_agrees_with_the_settings)
{
	const struct setting *s;
	size_t i;

	for (i = 0; i < nparts; i++) {
		s = setting_find(parts[i].name, true);
		ck_assert_msg(s != NULL, "no setting %s", parts[i].name);
		ck_assert(s->handlers & HANDLER_EXEC);
	}
	ck_assert_uint_le(nparts, 64); /* bits of contained.written */
	good("x: { " XS POOL "sandbox = \"strict\" }", true);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, none);
	tcase_add_test(tc, basic);
	tcase_add_test(tc, strict);
	tcase_add_test(tc, what_is_written_overrides);
	tcase_add_test(tc, an_empty_list_is_no_filter);
	tcase_add_test(tc, commands_have_presets_of_their_own);
	tcase_add_test(tc, defaults_do_not_apply_to_what_has_no_program);
	tcase_add_test(tc, each_part_is_printed_with_its_origin);
	tcase_add_test(tc, origins_are_not_differences);
	tcase_add_test(tc, the_table_agrees_with_the_settings);
}

int
main(void)
{
	return unit_run("presets", add);
}
