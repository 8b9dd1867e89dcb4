/*
 * check_variable.c -- the elements of "accept-env", and names no client sets.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "config/variable.h"

START_TEST(an_element_has_a_name_and_a_pattern)
{
	size_t len;

	ck_assert_ptr_null(variable_pattern("LANG", &len));
	ck_assert_uint_eq(len, 4);
	ck_assert_str_eq(variable_pattern("LC_*=a=b", &len), "a=b");
	ck_assert_uint_eq(len, 4);
	ck_assert_str_eq(variable_pattern("A=", &len), "");
}
END_TEST

static bool
is_named(const char *name, const char *element)
{
	return variable_is_named(name, strlen(name), element);
}

START_TEST(names)
{
	ck_assert(is_named("A", "A"));
	ck_assert(is_named("A", "A=x"));
	ck_assert(!is_named("AB", "A"));
	ck_assert(!is_named("A", "AB"));
	ck_assert(is_named("LC_ALL", "LC_*"));
	ck_assert(is_named("LC_", "LC_*=x*"));
	ck_assert(!is_named("LC", "LC_*"));
	/* of NAME=value the name alone */
	ck_assert(variable_is_named("A=B", 1, "A"));
}
END_TEST

/* Fault 80: one of each family, and what is like it and is not. */
START_TEST(reserved_names)
{
	static const char *const yes[] = { "PATH", "TCPREMOTEIP", "REMOTE_X",
		"SSL_CERT_FILE", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "PS4",
		"PROMPT_COMMAND", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES",
		"GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH", "NLSPATH",
		"MALLOC_ARENA_MAX", "RES_OPTIONS", "TMPDIR", "TERMINFO_DIRS",
		"PYTHONPATH", "PERL5LIB", "RUBYOPT", "NODE_OPTIONS",
		"CLASSPATH", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS",
		"JDK_JAVA_OPTIONS", "PHPRC", "LUA_PATH", "AWKPATH", "GOFLAGS",
		"DOTNET_STARTUP_HOOKS", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT",
		"SSH_ASKPASS", "RSYNC_RSH", "PAGER", "MANPAGER", "LESSOPEN",
		"EDITOR", "VISUAL", "MAKEFLAGS", "OPENSSL_CONF", "GNUPGHOME",
		"PGSYSCONFDIR", "WGETRC", "XDG_CONFIG_HOME", "HTTP_PROXY",
		"http_proxy", "SSLKEYLOGFILE", "GCC_EXEC_PREFIX",
		"CMAKE_TOOLCHAIN_FILE", "TEXINPUTS", "CATALINA_OPTS", "ODBCINI",
		"MAGICK_CONFIGURE_PATH", "SSL_CLIENT_VERIFY", "REMOTE_USER",
		"ALPN", "HTTPS", "AUTH_TYPE", "TLS_CLIENT", NULL };
	static const char *const no[] = { "LANG", "LANGUAGE", "LC_ALL", "TZ",
		"TERM", "COLUMNS", "LINES", "NAME", "DEBUG", "MANAGER",
		"MAILTO", "GOAL", "PAT", "LDAP", "L", "GIT", NULL };
	size_t i;

	for (i = 0; yes[i] != NULL; i++)
		ck_assert_msg(variable_reserved(yes[i], strlen(yes[i])) != NULL,
		    "%s", yes[i]);
	for (i = 0; no[i] != NULL; i++)
		ck_assert_msg(variable_reserved(no[i], strlen(no[i])) == NULL,
		    "%s", no[i]);
	ck_assert_str_eq(variable_reserved("HOME", 4), "haild sets it");
}
END_TEST

START_TEST(plain_values)
{
	ck_assert(variable_is_plain(""));
	ck_assert(variable_is_plain("xterm-256color"));
	ck_assert(!variable_is_plain("-x"));
	ck_assert(!variable_is_plain("a/b"));
	ck_assert(!variable_is_plain("a b"));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, an_element_has_a_name_and_a_pattern);
	tcase_add_test(tc, names);
	tcase_add_test(tc, reserved_names);
	tcase_add_test(tc, plain_values);
}

int
main(void)
{
	return unit_run("variable", add);
}
