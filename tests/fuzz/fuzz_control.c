/*
 * fuzz_control.c -- the line of a control client.  What is read and written
 * again is the same request.
 */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "control/request.h"

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char line[CONTROL_REQUEST_MAX], copy[CONTROL_REQUEST_MAX];
	static struct control_request r, again;
	char error[256] = "";
	int status, len;

	if (size >= sizeof(line) || memchr(data, '\n', size) != NULL)
		return 0;
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	status = control_request_read(&r, line, error, sizeof(error));
	MUST((status == CONTROL_OK) == (error[0] == '\0'));
	if (status != CONTROL_OK)
		return 0;
	MUST(r.command < NCONTROL_COMMANDS);
	MUST(r.nids <= CONTROL_IDS_MAX && r.nwords <= CONTROL_WORDS_MAX);
	if ((len = control_request_print(&r, copy)) == -1)
		return 0;
	MUST(len > 0 && copy[len - 1] == '\n');
	copy[len - 1] = '\0';
	MUST(control_request_read(&again, copy, error, sizeof(error)) ==
	    CONTROL_OK);
	MUST(again.command == r.command && again.nids == r.nids &&
	    again.nwords == r.nwords && again.wait == r.wait);
	MUST(is_same(again.service, r.service));
	MUST(is_same(again.identity, r.identity));
	MUST(memcmp(again.ids, r.ids, r.nids * sizeof(r.ids[0])) == 0);
	return 0;
}
