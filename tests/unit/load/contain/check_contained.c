/*
 * check_contained.c -- the values of the settings of containment, what goes
 * together, and what haild and the host must have.
 */

#include "tests/unit/build.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define XS "listen = [\"/x\"] exec = [\"/bin/sh\"] user = \"root\"\n"

START_TEST(values)
{
	static const char size[] =
	    "must be a size of at least 64K, such as 67108864, \"64M\" or "
	    "\"none\"";
	static const char share[] =
	    "must be a share of one CPU of at least 1%, such as \"50%\", "
	    "\"200%\" or \"none\"";
	static const struct {
		const char *name, *value, *want;
	} cases[] = {
		{ "sandbox", "\"full\"",
		    "must be \"none\", \"basic\" or \"strict\"" },
		{ "protect-system", "true",
		    "must be \"no\", \"yes\", \"full\" or \"strict\"" },
		{ "protect-home", "\"hide\"",
		    "must be \"no\", \"yes\", \"read-only\" or \"tmpfs\"" },
		{ "oom-policy", "\"stop\"",
		    "must be \"continue\" or \"kill\"" },
		{ "private-tmp", "\"yes\"", "must be true or false" },
		{ "memory-max", "65535", size },
		{ "memory-max", "\"64X\"", size },
		{ "memory-max", "\"64M:65M\"", size },
		{ "memory-max", "\"unlimited\"", size },
		{ "memory-max", "\"8E\"", size },
		{ "memory-max", "true", size },
		{ "service-memory-max", "-1", size },
		{ "tasks-max", "0", "must be from 1 to 4194304" },
		{ "service-tasks-max", "4194305", "must be from 1 to 4194304" },
		{ "cpu-quota", "50", share },
		{ "cpu-quota", "\"50\"", share },
		{ "cpu-quota", "\"0.9%\"", share },
		{ "cpu-quota", "\"1.%\"", share },
		{ "cpu-quota", "\"1.234%\"", share },
		{ "cpu-quota", "\"50%%\"", share },
		{ "cpu-quota", "\"1000001%\"", share },
		{ "oom-score-adjust", "1001", "must be from -1000 to 1000" },
		{ "read-only-paths", "\"/a\"",
		    "must be a list of strings, such as [\"a\", \"b\"]" },
		{ "capabilities", "\"CAP_CHOWN\"",
		    "must be a list of strings, such as [\"a\", \"b\"]" },
		{ "cpu-affinity", "[0]",
		    "must be a list of strings, such as [\"a\", \"b\"]" },
	};
	char text[256], want[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "x: { " XS "%s = %s }",
		    cases[i].name, cases[i].value);
		snprintf(want, sizeof(want), "test.conf:2: \"%s\" %s",
		    cases[i].name, cases[i].want);
		ck_assert_msg(build_text(text, true) == NULL, "%s", text);
		ck_assert_str_eq(errors, want);
	}
}
END_TEST

START_TEST(values_of_lists)
{
	static const struct {
		const char *name, *value, *want;
	} cases[] = {
		{ "read-only-paths", "[\"etc\"]",
		    ": \"etc\" is not an absolute path" },
		{ "read-write-paths", "[\"/etc\", \"-etc\"]",
		    ": \"-etc\" is not an absolute path" },
		{ "inaccessible-paths", "[\"\"]",
		    ": \"\" is not an absolute path" },
		{ "inaccessible-paths", "[\"/etc/..\"]",
		    ": \"/etc/..\" must not contain \"..\"" },
		{ "inaccessible-paths", "[\"/etc/../etc\"]",
		    ": \"/etc/../etc\" must not contain \"..\"" },
		{ "bind-paths", "[\"/etc:opt\"]",
		    ": \"/etc:opt\" is not an absolute path" },
		{ "bind-paths", "[\"/etc:\"]",
		    ": \"/etc:\" is not an absolute path" },
		{ "bind-paths", "[\"/etc:-/opt\"]",
		    ": \"/etc:-/opt\" is not an absolute path" },
		{ "bind-read-only-paths", "[\"/etc:/opt:ro\"]",
		    ": \"/etc:/opt:ro\" is neither SOURCE nor "
		    "SOURCE:DESTINATION" },
		{ "capabilities", "[\"CAP_SYS_ADMN\"]",
		    ": \"CAP_SYS_ADMN\" is not a capability; did you mean "
		    "\"CAP_SYS_ADMIN\"?" },
		{ "capabilities", "[\"everything\"]",
		    ": \"everything\" is not a capability" },
		{ "cpu-affinity", "[]", " has no CPU" },
		{ "cpu-affinity", "[\"0\", \"3-1\"]",
		    ": \"3-1\" is neither a CPU nor a range of CPUs, such as "
		    "\"2-3\"" },
		{ "cpu-affinity", "[\"all\"]",
		    ": \"all\" is neither a CPU nor a range of CPUs, such as "
		    "\"2-3\"" },
		{ "cpu-affinity", "[\"8192\"]",
		    ": \"8192\" is neither a CPU nor a range of CPUs, such as "
		    "\"2-3\"" },
	};
	char text[256], want[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "x: { " XS "%s = %s }",
		    cases[i].name, cases[i].value);
		snprintf(want, sizeof(want), "test.conf:2: \"%s\"%s",
		    cases[i].name, cases[i].want);
		ck_assert_msg(build_text(text, true) == NULL, "%s", text);
		ck_assert_str_eq(errors, want);
	}
}
END_TEST

START_TEST(what_is_understood)
{
	const struct service *s = good_service(
	    "x: { " XS
	    "memory-max = \"64M\" tasks-max = 10 cpu-quota = \"150.5%\" "
	    "service-memory-max = 1073741824 service-tasks-max = 100 "
	    "oom-policy = \"continue\" oom-score-adjust = -1000 "
	    "read-only-paths = [\"/etc\", \"-/x..y\"] "
	    "bind-paths = [\"/usr:/opt\", \"-/nowhere\"] }",
	    true);

	ck_assert_int_eq(s->memory_max, 64 << 20);
	ck_assert_int_eq(s->tasks_max, 10);
	ck_assert_int_eq(s->cpu_quota, 15050);
	ck_assert_int_eq(s->service_memory_max, 1 << 30);
	ck_assert_int_eq(s->service_tasks_max, 100);
	ck_assert_int_eq(s->oom_policy, OOM_CONTINUE);
	ck_assert_int_eq(s->oom_score_adjust, -1000);
	ck_assert_str_eq(s->read_only_paths[1], "-/x..y");
	ck_assert_str_eq(s->bind_paths[0], "/usr:/opt");
	s = good_service("x: { " XS
			 "cpu-quota = \"1%\" cpu-affinity = [\"0\"] "
			 "memory-max = \"none\" }",
	    true);
	ck_assert_int_eq(s->cpu_quota, 100);
	ck_assert_int_eq(s->memory_max, -1);
	ck_assert_uint_eq(s->contained.cpus_size, sizeof(long));
	ck_assert(s->contained.cpus[0] == 1);
}
END_TEST

START_TEST(what_does_not_go_together)
{
	static const struct refused cases[] = {
		{ "x: { " XS "private-pids = true\nleftovers = \"keep\" }",
		    "test.conf:3: \"leftovers\" cannot be \"keep\" with "
		    "\"private-pids\": all processes of the session end "
		    "with its program" },
		{ "x: { " XS "landlock-scope = true\n"
		  "no-new-privileges = false }",
		    "test.conf:3: \"no-new-privileges\" must be true with "
		    "\"landlock-scope\"" },
		{ "memory-max = \"1G\"\ntasks-max = 11\n"
		  "x: { " XS "service-memory-max = \"512M\" "
		  "service-tasks-max = 10 }",
		    "test.conf:1: \"memory-max\" of a session is 1073741824, "
		    "more than \"service-memory-max\", which is 536870912\n"
		    "test.conf:2: \"tasks-max\" of a session is 11, more than "
		    "\"service-tasks-max\", which is 10" },
		{ "x: { listen = [\"/x\"] user = \"root\"\n"
		  "service-tasks-max = 10 commands: {\n"
		  "a: { exec = [\"/bin/sh\"]\ntasks-max = 20 } } }",
		    "test.conf:4: \"tasks-max\" of a session is 20, more than "
		    "\"service-tasks-max\", which is 10" },
		{ "x: { listen = [\"/x\"] user = \"root\" commands: {\n"
		  "a: { exec = [\"/bin/sh\"]\nservice-tasks-max = 20 } } }",
		    "test.conf:3: \"service-tasks-max\" does not apply to a "
		    "command" },
		{ "service-memory-max = \"1G\"\nx: { " XS "}",
		    "test.conf:1: \"service-memory-max\" belongs in a "
		    "service" },
	};

	REFUSE(cases, true);
}
END_TEST

START_TEST(what_the_program_cannot_see)
{
	static const struct refused cases[] = {
		{ "x: { " XS "inaccessible-paths = [\"-/bin/\"] }",
		    "test.conf:1: \"exec\": /bin/sh is not visible to the "
		    "program, because \"inaccessible-paths\" hides /bin/" },
		{ "x: { " XS "protect-home = \"tmpfs\"\n"
		  "directory = \"/root\" }",
		    "test.conf:3: \"directory\": /root is not visible to the "
		    "program, because \"protect-home\" hides /root" },
	};

	REFUSE(cases, true);
	good("x: { " XS
	     "inaccessible-paths = [\"/bi\", \"-/binary\"] "
	     "bind-paths = [\"/bin\"] disable = true }"
	     "y: { listen = [\"/y\"] message = \"\" }",
	    true);
	good("x: { " XS "protect-home = \"read-only\" directory = \"/root\" }",
	    true);
}
END_TEST

/* The longest path decides, as in the tree. */
START_TEST(what_the_program_can_see_again)
{
	static const char *const shown[] = {
		"inaccessible-paths = [\"/usr\"] read-only-paths = [\"/bin/\"]",
		"directory = \"/var/lib\" inaccessible-paths = [\"/var\"] "
		"read-write-paths = [\"/etc\", \"-/var/lib\"]",
		"directory = \"/root\" protect-home = \"yes\" "
		"read-write-paths = [\"/root\"]",
	};
	static const struct refused cases[] = {
		{ "x: { " XS "directory = \"/var/lib\" "
		  "inaccessible-paths = [\"/var\", \"/var/lib\"] "
		  "read-only-paths = [\"/var/lib\"] }",
		    "test.conf:2: \"directory\": /var/lib is not visible to "
		    "the program, because \"inaccessible-paths\" hides "
		    "/var/lib" },
		{ "x: { " XS "directory = \"/var/lib\" "
		  "inaccessible-paths = [\"/var/lib\"] "
		  "read-write-paths = [\"/var\"] }",
		    "test.conf:2: \"directory\": /var/lib is not visible to "
		    "the program, because \"inaccessible-paths\" hides "
		    "/var/lib" },
		{ "x: { " XS "directory = \"/root\" protect-home = \"yes\" "
		  "read-write-paths = [\"/\"] }",
		    "test.conf:2: \"directory\": /root is not visible to the "
		    "program, because \"protect-home\" hides /root" },
	};
	char text[512];
	size_t i;

	for (i = 0; i < COUNT(shown); i++) {
		snprintf(text, sizeof(text), "x: { " XS "%s }", shown[i]);
		good(text, true);
	}
	REFUSE(cases, true);
}
END_TEST

/* What a preset hides can only be shown again in parts. */
START_TEST(exceptions_from_a_preset)
{
	static const struct refused cases[] = {
		{ "x: { " XS "sandbox = \"basic\"\n"
		  "read-only-paths = [\"/etc\", \"-/boot/\"] }",
		    "test.conf:3: \"read-only-paths\": /boot/ itself stays "
		    "inaccessible with \"sandbox\": \"basic\"; name paths "
		    "below it" },
		{ "read-write-paths = [\"/run\"]\n"
		  "x: { listen = [\"/x\"] exec = [\"/bin/sh\"] "
		  "sandbox = \"strict\" user = \"pool:210000-210255\" }",
		    "test.conf:1: \"read-write-paths\": /run itself stays "
		    "inaccessible with \"sandbox\": \"strict\"; name paths "
		    "below it" },
		{ "x: { listen = [\"/x\"] user = \"root\" commands: {\n"
		  "a: { exec = [\"/bin/sh\"] sandbox = \"basic\"\n"
		  "bind-paths = [\"/sys/fs/cgroup\"]\n"
		  "bind-read-only-paths = [\"-/etc:/boot\"] } } }",
		    "test.conf:3: \"bind-paths\": /sys/fs/cgroup itself stays "
		    "inaccessible with \"sandbox\": \"basic\"; name paths "
		    "below it\n"
		    "test.conf:4: \"bind-read-only-paths\": /boot itself stays "
		    "inaccessible with \"sandbox\": \"basic\"; name paths "
		    "below it" },
	};

	REFUSE(cases, true);
	/* A part of it, more than it, without it, and by the file alone. */
	good("x: { " XS
	     "sandbox = \"basic\" "
	     "read-write-paths = [\"-/boot/grub\", \"/sys/fs\", \"/run\"] }",
	    true);
	good("x: { " XS "read-write-paths = [\"-/boot\"] }", true);
	good("x: { " XS
	     "inaccessible-paths = [\"/etc\"] "
	     "read-write-paths = [\"/etc\"] }",
	    true);
}
END_TEST

/* Build TEXT as a start does. */
static const struct config *
start(const char *text, bool root, unsigned int cgroup)
{
	const struct config_source source = { .file = "test.conf",
		.dir = "conf.d",
		.root = root,
		.tolerant = true,
		.cgroup = cgroup };
	const struct config *config;

	unit_write_file("test.conf", text);
	config = build(&source);
	ck_assert_msg(config != NULL, "%s\n%s", text, errors);
	return config;
}

START_TEST(without_root)
{
	start(
	    "x: { listen = [\"/x\"] exec = [\"/bin/sh\"]\n"
	    "private-network = true\n}\n"
	    "y: { listen = [\"/y\"] exec = [\"/bin/sh\"]\n"
	    "sandbox = \"basic\" }\n"
	    "z: { listen = [\"/z\"] exec = [\"/bin/sh\"]\n"
	    "sandbox = \"strict\"\nprotect-system = \"yes\" }\n"
	    "free: { listen = [\"/f\"] exec = [\"/bin/sh\"] "
	    "restrict-namespaces = true landlock-scope = true "
	    "tasks-max = 9 no-new-privileges = true }\n"
	    "c: { listen = [\"/c\"] commands: {\n"
	    "a: { exec = [\"/bin/sh\"]\ncapabilities = [] }\n"
	    "b: { exec = [\"/bin/sh\"] } } }\n",
	    false, CGROUP_LEAVES | CGROUP_PIDS);
	ck_assert_str_eq(errors,
	    "test.conf:2: \"private-network\": needs root; \"x\" is out of "
	    "service\n"
	    "test.conf:5: \"sandbox\": \"basic\" needs root; \"y\" is out of "
	    "service\n"
	    "test.conf:8: \"protect-system\": needs root; \"z\" is out of "
	    "service\n"
	    "test.conf:7: \"sandbox\": \"strict\" needs root; \"z\" is out of "
	    "service\n"
	    "test.conf:12: \"capabilities\": needs root; \"a\" is out of "
	    "service");
	ck_assert_ptr_null(
	    build_text("x: { listen = [\"/x\"] exec = [\"/bin/sh\"]\n"
		       "oom-score-adjust = -1 }",
		false));
	ck_assert_str_eq(errors,
	    "test.conf:2: \"oom-score-adjust\": a value below 0 needs root, "
	    "and haild does not run as root");
}
END_TEST

START_TEST(without_controllers)
{
	static const char text[] =
	    "x: { " XS
	    "memory-max = \"64M\"\n}\n"
	    "y: { listen = [\"/y\"] exec = [\"/bin/sh\"] user = \"root\"\n"
	    "cpu-quota = \"50%\" }\n"
	    "z: { listen = [\"/z\"] exec = [\"/bin/sh\"] user = \"root\"\n"
	    "service-tasks-max = 5 }\n"
	    "c: { listen = [\"/c\"] user = \"root\" tasks-max = 9 commands: {\n"
	    "a: { exec = [\"/bin/sh\"] }\n"
	    "b: { exec = [\"/bin/sh\"] tasks-max = \"none\" } } }\n";
	static const char lacks[] =
	    "controller, which haild's cgroup lacks: under systemd, set "
	    "\"Delegate=cpu memory pids\" in haild's unit";
	struct config_source source = {
		.file = "test.conf", .dir = "conf.d", .root = true
	};
	char want[2048];

	start(text, true,
	    CGROUP_LEAVES | CGROUP_CPU | CGROUP_MEMORY | CGROUP_PIDS);
	ck_assert_str_eq(errors, "");
	start(text, true, CGROUP_LEAVES | CGROUP_CPU | CGROUP_PIDS);
	snprintf(want, sizeof(want),
	    "test.conf:2: \"memory-max\" needs the memory %s; \"x\" is out of "
	    "service",
	    lacks);
	ck_assert_str_eq(errors, want);
	start(text, true, CGROUP_LEAVES | CGROUP_MEMORY);
	snprintf(want, sizeof(want),
	    "test.conf:5: \"cpu-quota\" needs the cpu %s; \"y\" is out of "
	    "service\n"
	    "test.conf:7: \"service-tasks-max\" needs the pids %s; \"z\" is "
	    "out of service\n"
	    "test.conf:8: \"tasks-max\" needs the pids %s; \"a\" is out of "
	    "service",
	    lacks, lacks, lacks);
	ck_assert_str_eq(errors, want);
	/* haild -t cannot know what the daemon has. */
	source.trial = TRIAL_WARN;
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(strstr(warnings,
	    "test.conf:2: \"memory-max\" needs the memory controller, which "
	    "this host's cgroup v2 lacks"));
	ck_assert_ptr_null(strstr(warnings, "cpu-quota"));
}
END_TEST

START_TEST(without_cgroups)
{
	static const char text[] =
	    "x: { listen = [\"/x\"] exec = [\"/bin/sh\"] user = "
	    "\"pool:210000-210255\"\n"
	    "sandbox = \"strict\" }\n"
	    "y: { listen = [\"/y\"] exec = [\"/bin/sh\"] user = "
	    "\"pool:210000-210255\"\nprivate-pids = true }\n"
	    "z: { listen = [\"/z\"] exec = [\"/bin/sh\"] user = \"root\"\n"
	    "sandbox = \"basic\" }\n";

	start(text, true, CGROUP_LEAVES);
	ck_assert_str_eq(errors, "");
	start(text, true, 0);
	ck_assert_str_eq(errors,
	    "test.conf:2: \"sandbox\": \"strict\" needs a cgroup for each "
	    "session, and haild cannot create any: under systemd, set "
	    "\"Delegate=cpu memory pids\" in haild's unit; in a container, "
	    "mount the cgroup file system writable; \"x\" is out of service");
}
END_TEST

START_TEST(what_the_host_lacks)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char want[512];

	start("x: { " XS
	      "read-only-paths = [\"/etc\", \"-/nowhere\", \"/nowhere\"] "
	      "bind-paths = [\"/nowhere/a:/opt\"]\n"
	      "cpu-affinity = [\"0\", \"7000-7001\"] }",
	    true, 0);
	snprintf(want, sizeof(want),
	    "test.conf:2: \"read-only-paths\": /nowhere: No such file or "
	    "directory; \"x\" is out of service\n"
	    "test.conf:2: \"bind-paths\": /nowhere/a: No such file or "
	    "directory; \"x\" is out of service\n"
	    "test.conf:3: \"cpu-affinity\": there is no CPU 7001: this system "
	    "has %ld, numbered from 0; \"x\" is out of service",
	    cpus);
	ck_assert_str_eq(errors, want);
}
END_TEST

START_TEST(parts_that_imply_others)
{
	const struct service *s =
	    good_service("x: { " XS "landlock-scope = true }", true);

	ck_assert(s->no_new_privileges);
	s = good_service("x: { " XS "private-pids = true wait = true }", true);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KILL);
	s = good_service("x: { " XS "wait = true }", true);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KEEP);
}
END_TEST

/* --- haild -t --- */

START_TEST(containment_is_recommended)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "user = \"root\" x: { listen = [\"*:80\"] exec = "
		  "[\"/bin/sh\"] }",
		    "test.conf:1: service \"x\" runs programs without a "
		    "sandbox: set \"sandbox\" to \"basic\" or \"strict\", "
		    "or to \"none\" if this is intended" },
		{ "user = \"root\" x: { listen = [\"*:80\"] allow = [\"::/0\"] "
		  "commands: { "
		  "a: { exec = [\"/bin/sh\"] sandbox = \"basic\" }\n"
		  "b: { exec = [\"/bin/sh\"] } c: { exec = [\"/bin/sh\"] } } }",
		    "test.conf:1: service \"x\" runs programs without a "
		    "sandbox: set \"sandbox\" to \"basic\" or \"strict\", "
		    "or to \"none\" if this is intended" },
		/* where nothing is to be gained, or it is meant */
		{ "user = \"root\" x: { listen = [\"*:80\"] exec = "
		  "[\"/bin/sh\"] sandbox = "
		  "\"none\" }",
		    "" },
		{ "user = \"root\" sandbox = \"none\" x: { listen = [\"*:80\"] "
		  "exec = "
		  "[\"/bin/sh\"] }",
		    "" },
		{ "user = \"root\" x: { listen = [\"127.0.0.1:80\", \"/x\"] "
		  "exec = "
		  "[\"/bin/sh\"] }",
		    "" },
		{ "user = \"root\" x: { listen = [\"*:80\"] message = \"\" }",
		    "" },
		{ "user = \"root\" y: { " M
		  "} x: { listen = [\"*:81\"] exec = [\"/bin/sh\"] "
		  "disable = true }",
		    "" },
	};
	struct config_source source = { .file = "test.conf",
		.dir = "conf.d",
		.root = true,
		.advise = true };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		unit_write_file("test.conf", cases[i].text);
		ck_assert_msg(
		    build(&source) != NULL, "%s\n%s", cases[i].text, errors);
		/* There may be warnings of users, too. */
		ck_assert_msg(cases[i].want[0] == '\0'
			? strstr(warnings, "without a sandbox") == NULL
			: strstr(warnings, cases[i].want) != NULL,
		    "%s\nwarns of\n%s", cases[i].text, warnings);
	}
	source.advise = false;
	unit_write_file("test.conf", cases[0].text);
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_ptr_null(strstr(warnings, "without a sandbox"));
}
END_TEST

START_TEST(limits_are_recommended)
{
	static const char want[] =
	    "test.conf:1: service \"x\" does not limit the memory or the "
	    "processes of a session: add \"memory-max\" and \"tasks-max\"";
	struct config_source source = { .file = "test.conf",
		.dir = "conf.d",
		.root = true,
		.advise = true,
		.cgroup = CGROUP_LEAVES | CGROUP_MEMORY | CGROUP_PIDS };

	unit_write_file("test.conf",
	    "x: { listen = [\"*:80\"] exec = [\"/bin/sh\"] sandbox = "
	    "\"strict\" user = \"pool:210000-210255\" tasks-max = 9 }");
	ck_assert_msg(build(&source) != NULL, "%s", errors);
	ck_assert_ptr_nonnull(strstr(warnings, want));
	source.cgroup = CGROUP_LEAVES | CGROUP_PIDS;
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_ptr_null(strstr(warnings, want));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, values);
	tcase_add_test(tc, values_of_lists);
	tcase_add_test(tc, what_is_understood);
	tcase_add_test(tc, what_does_not_go_together);
	tcase_add_test(tc, what_the_program_cannot_see);
	tcase_add_test(tc, what_the_program_can_see_again);
	tcase_add_test(tc, exceptions_from_a_preset);
	tcase_add_test(tc, without_root);
	tcase_add_test(tc, without_controllers);
	tcase_add_test(tc, without_cgroups);
	tcase_add_test(tc, what_the_host_lacks);
	tcase_add_test(tc, parts_that_imply_others);
	tcase_add_test(tc, containment_is_recommended);
	tcase_add_test(tc, limits_are_recommended);
}

int
main(void)
{
	return unit_run("contained", add);
}
