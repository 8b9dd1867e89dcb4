/*
 * fuzz_prefix.c -- networks and addresses, as allow, deny and proxy-from read
 * them: what is read is printed as something that reads as the same.
 */

#include "fuzz.h"

#include <string.h>

#include "lib/prefix.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[256] = "", shown[PREFIX_TEXT_MAX], *text = malloc(size + 1);
	struct prefix p, again;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&p, 0, sizeof(p));
	memset(&again, 0, sizeof(again));
	if (prefix_parse(&p, text, error, sizeof(error)) == -1) {
		MUST(error[0] != '\0' && strlen(error) < sizeof(error));
	} else {
		MUST(p.bits <= (p.family == AF_INET ? 32 : 128));
		prefix_print(&p, shown, sizeof(shown));
		MUST(prefix_parse(&again, shown, error, sizeof(error)) == 0);
		MUST(memcmp(&p, &again, sizeof(p)) == 0);
	}
	free(text);
	return 0;
}
