/*
 * fuzz_addr.c -- addresses: what is split and read is printed as something that
 * reads as the same; and sources, as a state has them.
 */

#include "fuzz.h"

#include <string.h>

#include "lib/addr.h"
#include "haild/admission/sources.h"

static void
check_addr(const char *text)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX], shown[ADDR_TEXT_MAX];
	enum addr_form form;
	struct addr a, again;
	int n;

	memset(host, 'x', sizeof(host));
	memset(port, 'x', sizeof(port));
	if ((form = addr_split(text, host, port)) == ADDR_INVALID)
		return;
	MUST(memchr(host, '\0', sizeof(host)) != NULL && host[0] != '\0');
	MUST(memchr(port, '\0', sizeof(port)) != NULL);
	MUST((form == ADDR_HOST_PORT) == (port[0] != '\0'));
	if (form == ADDR_PATH) {
		if (addr_from_path(&a, host) == -1)
			return;
		addr_print(&a, shown, sizeof(shown));
		MUST(host[0] == '@' || strcmp(shown, host) == 0);
		MUST(addr_from_path(&again, shown) == 0);
		MUST(addr_equal(&a, &again) && a.len == again.len);
		return;
	}
	n = addr_port_number(port);
	MUST(n >= -1 && n <= 65535);
	if (addr_from_numeric(&a, host, n == -1 ? 1 : (unsigned int)n) == -1)
		return;
	addr_print(&a, shown, sizeof(shown));
	MUST(addr_split(shown, host, port) == ADDR_HOST_PORT);
	MUST(addr_from_numeric(
		 &again, host, (unsigned int)addr_port_number(port)) == 0);
	MUST(addr_equal(&a, &again));
	addr_unmap(&a);
	addr_unmap(&again);
	MUST(addr_equal(&a, &again));
}

static void
check_source(const char *text)
{
	struct source source = { 0 }, again = { 0 };
	char shown[SOURCE_TEXT_MAX];

	if (source_parse(&source, text) == -1)
		return;
	source_print(&source, shown, sizeof(shown));
	MUST(source_parse(&again, shown) == 0);
	MUST(memcmp(&source.prefix, &again.prefix, sizeof(again.prefix)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	check_addr(text);
	check_source(text);
	free(text);
	return 0;
}
