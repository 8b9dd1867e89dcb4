/*
 * expect.c -- which names a configuration will ask for, by its text alone.
 */

#include "load/names.h"
#include "load/service.h"

#include <string.h>

#include "load/text/listen.h"

static bool
expect_address(names_expect *expect, struct names *names, const char *text,
    enum name_kind host_kind)
{
	bool dgram = strncmp(text, "udp:", 4) == 0, answered = true;
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	struct addr a;

	if (addr_split(dgram ? text + 4 : text, host, port) != ADDR_HOST_PORT)
		return true;
	if (addr_port_number(port) == -1)
		answered =
		    expect(names, dgram ? NAME_UDP_PORT : NAME_TCP_PORT, port);
	if (strcmp(host, "*") != 0 && strchr(host, '%') == NULL &&
	    addr_from_numeric(&a, host, 0) == -1 &&
	    !expect(names, host_kind, host))
		answered = false;
	return answered;
}

static bool
expect_listen(names_expect *expect, struct names *names, const char *text)
{
	return listen_form(text) == LISTEN_PASSED ||
	    expect_address(expect, names, text, NAME_HOST);
}

static bool
expect_target(names_expect *expect, struct names *names, const char *text)
{
	return text[0] == '/' || text[0] == '@' ||
	    expect_address(expect, names, text, NAME_TARGET);
}

static bool
expect_user(names_expect *expect, struct names *names, const char *text)
{
	return pools_named(text) || expect(names, NAME_USER, text);
}

static bool
expect_group(names_expect *expect, struct names *names, const char *text)
{
	return expect(names, NAME_GROUP, text);
}

static const struct {
	const char *setting;
	bool (*expect)(names_expect *, struct names *, const char *text);
	bool one; /* the answer for one of a list is enough */
} settings_with_names[] = {
	{ "listen", expect_listen, false },
	{ "forward", expect_target, true },
	{ "user", expect_user, false },
	{ "group", expect_group, false },
	{ "groups", expect_group, false },
	{ "socket-user", expect_user, false },
	{ "socket-group", expect_group, false },
	{ "control-group", expect_group, false },
	{ "allow-user", expect_user, false },
	{ "allow-group", expect_group, false },
};

/* Whatever has the name of such a setting, and is a string or a list. */
static bool
expect_setting(
    const config_setting_t *v, names_expect *expect, struct names *names)
{
	const char *name = config_setting_name(v), *text;
	size_t i,
	    n = sizeof(settings_with_names) / sizeof(*settings_with_names);
	size_t asked = 0, answered = 0;
	int at = 0;

	for (i = 0; i < n; i++)
		if (strcmp(settings_with_names[i].setting, name) == 0)
			break;
	if (i == n)
		return true;
	text = config_setting_get_string(v);
	if (text == NULL)
		text = config_setting_get_string_elem(v, at++);
	for (; text != NULL; text = config_setting_get_string_elem(v, at++)) {
		asked++;
		answered += settings_with_names[i].expect(expect, names, text);
	}
	return answered == asked ||
	    (answered > 0 && settings_with_names[i].one);
}

/* All in GROUP, a service or a command: its settings, its commands. */
static bool
expect_group_of(
    const config_setting_t *group, names_expect *expect, struct names *names)
{
	const config_setting_t *v;
	bool answered = true;
	int i, disable = 0;

	config_setting_lookup_bool(group, "disable", &disable);
	for (i = 0; !disable && i < config_setting_length(group); i++) {
		v = config_setting_get_elem(group, (unsigned int)i);
		if (!(config_setting_is_group(v)
			    ? expect_group_of(v, expect, names)
			    : expect_setting(v, expect, names)))
			answered = false;
	}
	return answered && !disable;
}

bool
expect_names(
    const struct files *files, names_expect *expect, struct names *names)
{
	const config_setting_t *root, *v;
	bool defaults = true, ready = false;
	size_t i;
	int j;

	for (i = 0; i < files->n; i++) {
		root = config_root_setting(&files->list[i].tree);
		for (j = 0; j < config_setting_length(root); j++) {
			v = config_setting_get_elem(root, (unsigned int)j);
			if (!config_setting_is_group(v)) {
				if (!expect_setting(v, expect, names))
					defaults = false;
			} else if (expect_group_of(v, expect, names))
				ready = true;
		}
	}
	return defaults && ready;
}
