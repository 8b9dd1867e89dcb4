/*
 * check_config.c -- a finished configuration: its stamp, its names of limits,
 * and that it needs nothing but its arena.
 */

#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/config.h"
#include "load/loader.h"
#include "load/settings.h"

static struct arena arena;

static void
print_problem(void *arg UNUSED, bool error, const char *text)
{
	if (error)
		fprintf(stderr, "%s\n", text);
}

static const struct config *
build_in(unsigned int slot, const char *text)
{
	const struct text of = { "test.conf", text, false };
	const struct config again = { .texts = &of, .ntexts = 1 };
	const struct config_source source = { .again = &again,
		.patient = true };
	const struct config *config;

	ck_assert_int_eq(arena_create(&arena, slot), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	config = config_build(&source, &arena, print_problem, NULL, NULL);
	ck_assert_ptr_nonnull(config);
	return config;
}

static const char whole[] =
    "max-load = 3.5 allow = [\"10.0.0.0/8\", \"2001:db8::/32\"]\n"
    "environment = [\"A=b\", \"CD=ef\"] proxy-from = [\"192.0.2.1\"]\n"
    "m: { listen = [\"*:8080\", \"localhost:8081\"] message = \"x\\n\"\n"
    "    busy-message = \"busy\\n\" deny = [\"10.1.0.0/16\"] }\n"
    "e: { listen = [\"127.0.0.1:82\", \"/tmp/x.sock\"]\n"
    "    exec = [\"/bin/sh\", \"-c\", \"true\"] argv0 = \"-sh\"\n"
    "    allow-user = [\"root\"] allow-group = [\"root\"]\n"
    "    limit-nofile = \"10:20\" directory = \"/tmp\" }\n"
    "c: { listen = [\"127.0.0.1:83\"] commands = { one: {\n"
    "    exec = [\"/bin/echo\", \"%1\"] args = \"1-2\" mask-args = [1]\n"
    "    arg-match = [\"a\", \"b+\"] accept-env = [\"LC_*\"]\n"
    "    summary = \"s\" help = \"h\" } } allow = [\"::1\"] }\n"
    "t: { listen = [\"127.0.0.1:84\"] message = \"x\" tls = true\n"
    "    tls-certificate = [\"/c\", \"/d\"] tls-key = [\"/k\", \"/l\"]\n"
    "    tls-client = \"optional\" tls-client-ca = \"/ca\"\n"
    "    tls-client-crl = \"/crl\" identities = [\"/i\", \"/j\"]\n"
    "    allow-identity = [\"a\", \"*.example.org\"] tls-alpn = \"x\"\n"
    "    tls-priority = \"NORMAL\" }\n";

START_TEST(the_stamp_is_compared)
{
	struct config *config = (void *)(uintptr_t)build_in(0, whole);

	ck_assert_str_eq(config->stamp, config_stamp_text());
	ck_assert_ptr_eq(config_check(&arena), config);
	ck_assert_int_eq(strncmp(config->stamp, PACKAGE_VERSION "/",
			     strlen(PACKAGE_VERSION "/")),
	    0);
	config->stamp[strlen(config->stamp) - 1]++;
	ck_assert_ptr_null(config_check(&arena));
	config->stamp[0] = '\0';
	ck_assert_ptr_null(config_check(&arena));
	arena.used = sizeof(*config) - 1;
	ck_assert_ptr_null(config_check(&arena));
	arena_destroy(&arena);
}
END_TEST

/* Whether WORD lies in a mapping of this process. */
static bool
is_mapped(uintptr_t word)
{
	uintptr_t start, end;
	char line[4096];
	bool found = false;
	FILE *f = fopen("/proc/self/maps", "r");

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found =
		    sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2 &&
		    word >= start && word < end;
	fclose(f);
	return found;
}

/*
 * The same configuration in both slots differs in pointers alone, which lie in
 * the arena; and what is the same in both points to nothing in this process.
 */
START_TEST(no_pointer_leaves_the_arena)
{
	const uintptr_t *here, *there;
	struct arena other;
	size_t i, pointers = 0;

	build_in(1, whole);
	other = arena;
	build_in(0, whole);
	ck_assert_uint_eq(arena.used, other.used);
	here = (const uintptr_t *)(const void *)arena.base;
	there = (const uintptr_t *)(const void *)other.base;
	for (i = 0; i < arena.used / sizeof(*here); i++) {
		if (here[i] == there[i]) {
			/* Below 64 TB are numbers, texts and shadows. */
			ck_assert_msg(here[i] >> 46 == 0 || !is_mapped(here[i]),
			    "%#" PRIxPTR " at word %zu leaves the arena",
			    here[i], i);
			continue;
		}
		pointers++;
		ck_assert_uint_eq(
		    here[i] - (uintptr_t)here, there[i] - (uintptr_t)there);
		ck_assert_uint_lt(here[i] - (uintptr_t)here, arena.used);
	}
	ck_assert_uint_gt(pointers, 100); /* it did look */
	arena_destroy(&arena);
	arena_destroy(&other);
}
END_TEST

START_TEST(limits_have_the_names_of_settings)
{
	int i;

	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		const struct setting *s =
		    setting_find(config_limit_name(i), true);

		ck_assert_ptr_nonnull(s);
		ck_assert_uint_eq(s->offset,
		    offsetof(struct service, limits) +
			(size_t)i * sizeof(struct limit));
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, the_stamp_is_compared);
	tcase_add_test(tc, no_pointer_leaves_the_arena);
	tcase_add_test(tc, limits_have_the_names_of_settings);
}

int
main(void)
{
	return unit_run("config", add);
}
