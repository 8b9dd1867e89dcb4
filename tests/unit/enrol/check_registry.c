/*
 * check_registry.c -- search and edit a file of identities.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "enrol/registry.h"

#define PIN1 "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PIN2 "sha256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
#define TEXT                                               \
	"# by hand\n\nweb1 " PIN1 "\nnonsense\nweb2 " PIN2 \
	" expires=2020-01-01\n"

static const struct registry some = { TEXT, sizeof(TEXT) - 1 };

static const char *
make(const char *text)
{
	static char name[IDENTITY_SIZE];

	return registry_make_name(name, text) ? name : NULL;
}

START_TEST(a_name_is_a_host)
{
	char longest[IDENTITY_SIZE + 1];

	ck_assert_str_eq(make("web1"), "web1");
	ck_assert_str_eq(make("Web-1.Example_2.org"), "web-1.example_2.org");
	ck_assert_str_eq(make("1"), "1");
	ck_assert_ptr_null(make(""));
	ck_assert_ptr_null(make("-a"));
	ck_assert_ptr_null(make(".a"));
	ck_assert_ptr_null(make("a b"));
	ck_assert_ptr_null(make("a\nb"));
	ck_assert_ptr_null(make("*"));
	ck_assert_ptr_null(make("a#b"));
	/* kinds of identities that only a certificate can prove */
	ck_assert_ptr_null(make("uri:spiffe://a/b"));
	ck_assert_ptr_null(make("ops@example.org"));
	ck_assert_ptr_null(make("caf\303\251"));
	memset(longest, 'a', IDENTITY_SIZE);
	longest[IDENTITY_SIZE] = '\0';
	ck_assert_ptr_null(make(longest));
}
END_TEST

START_TEST(a_pin_is_a_hash)
{
	ck_assert(registry_is_pin(PIN1));
	ck_assert(!registry_is_pin(""));
	ck_assert(!registry_is_pin(PIN1 "="));
	ck_assert(!registry_is_pin(
	    "sha1256AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	ck_assert(!registry_is_pin(
	    "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	ck_assert(!registry_is_pin(
	    "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAA="));
}
END_TEST

START_TEST(names_and_pins_are_found)
{
	const struct registry none = { "", 0 };
	char name[IDENTITY_SIZE];

	ck_assert(registry_has_name(&some, "web1"));
	ck_assert(registry_has_name(&some, "WEB1"));
	ck_assert(!registry_has_name(&some, "web"));
	ck_assert(!registry_has_name(&some, "nonsense"));
	ck_assert(!registry_has_name(&none, "web1"));
	ck_assert(registry_find_pin(&some, PIN1, name));
	ck_assert_str_eq(name, "web1");
	/* though it has expired */
	ck_assert(registry_find_pin(&some, PIN2, name));
	ck_assert_str_eq(name, "web2");
	ck_assert(!registry_find_pin(&none, PIN2, name));
}
END_TEST

static char *
with(const char *text, size_t len)
{
	const struct registry r = { text, len };
	char *result;
	FILE *out = open_memstream(&result, &len);

	registry_print_with(&r, "web3", PIN1, out);
	fclose(out);
	return result;
}

START_TEST(a_line_is_added)
{
	char *text = with(TEXT, sizeof(TEXT) - 1);

	ck_assert_str_eq(text, TEXT "web3 " PIN1 "\n");
	free(text);
	text = with("web1 " PIN1, strlen("web1 " PIN1));
	ck_assert_str_eq(text, "web1 " PIN1 "\nweb3 " PIN1 "\n");
	free(text);
	text = with("", 0);
	ck_assert_ptr_nonnull(strstr(text, "\nweb3 " PIN1 "\n"));
	ck_assert_int_eq(text[0], '#');
	free(text);
}
END_TEST

START_TEST(a_line_is_removed_and_others_stay)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_uint_eq(registry_print_without(&some, "WEB1", out), 1);
	fclose(out);
	ck_assert_str_eq(
	    text, "# by hand\n\nnonsense\nweb2 " PIN2 " expires=2020-01-01\n");
	free(text);
	out = open_memstream(&text, &len);
	ck_assert_uint_eq(registry_print_without(&some, "web3", out), 0);
	fclose(out);
	ck_assert_str_eq(text, TEXT);
	free(text);
}
END_TEST

/* Cut at the NUL it would become valid, with a pin that was never enrolled. */
START_TEST(a_line_with_a_nul_stays_invalid)
{
	static const char bad[] = "web1 " PIN1 "\0\nweb2 " PIN2 "\n";
	const struct registry r = { bad, sizeof(bad) - 1 };
	struct registry less;
	char *text = NULL;
	FILE *out = open_memstream(&text, &less.len);

	ck_assert(!registry_has_name(&r, "web1"));
	ck_assert_uint_eq(registry_print_without(&r, "web2", out), 1);
	fclose(out);
	less.text = text;
	ck_assert(!registry_has_name(&less, "web1"));
	ck_assert_uint_eq(less.len, strlen("web1 " PIN1) + 2);
	free(text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_name_is_a_host);
	tcase_add_test(tc, a_pin_is_a_hash);
	tcase_add_test(tc, names_and_pins_are_found);
	tcase_add_test(tc, a_line_is_added);
	tcase_add_test(tc, a_line_is_removed_and_others_stay);
	tcase_add_test(tc, a_line_with_a_nul_stays_invalid);
}

int
main(void)
{
	return unit_run("registry", add);
}
