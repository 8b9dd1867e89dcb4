#include "tls/client/arguments.h"

#include <string.h>

#include "hail/pin.h"

static bool
set_verify(struct client_arguments *a, const char *value)
{
	static const char *const names[] = {
		[CLIENT_VERIFY_NONE] = "none",
		[CLIENT_VERIFY_PINS] = "pins",
		[CLIENT_VERIFY_CA] = "ca",
		[CLIENT_VERIFY_FIRST] = "first",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			a->verify = (enum client_verify)i;
			return true;
		}
	return false;
}

static bool
set_name(struct client_arguments *a, const char *value)
{
	a->name = value;
	return true;
}

static bool
set_pin(struct client_arguments *a, const char *value)
{
	if (a->npins == CLIENT_PINS_MAX || !pin_is_valid(value))
		return false;
	a->pins[a->npins++] = value;
	return true;
}

static bool
set_ca(struct client_arguments *a, const char *value)
{
	a->ca = value;
	return true;
}

static bool
set_identity(struct client_arguments *a, const char *value)
{
	a->identity = CLIENT_IDENTITY_NEEDED;
	a->identity_path = value;
	return true;
}

static bool
set_default_identity(struct client_arguments *a, const char *value)
{
	a->identity = CLIENT_IDENTITY_DEFAULT;
	a->identity_path = value;
	return true;
}

static bool
set_new_identity(struct client_arguments *a, const char *value)
{
	a->identity = CLIENT_IDENTITY_NEW;
	a->identity_path = value;
	return true;
}

static bool
set_show(struct client_arguments *a, const char *value)
{
	a->show = strcmp(value, "yes") == 0;
	return a->show;
}

static bool
set_alpn(struct client_arguments *a, const char *value)
{
	a->alpn = value;
	return *value != '\0';
}

static const struct {
	const char *key;
	bool (*set)(struct client_arguments *, const char *value);
} keys[] = {
	{ "name=", set_name },
	{ "verify=", set_verify },
	{ "pin=", set_pin },
	{ "ca=", set_ca },
	{ "identity=", set_identity },
	{ "default-identity=", set_default_identity },
	{ "new-identity=", set_new_identity },
	{ "show=", set_show },
	{ "alpn=", set_alpn },
};

static bool
take(struct client_arguments *a, const char *argument)
{
	size_t i, n;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		n = strlen(keys[i].key);
		if (strncmp(argument, keys[i].key, n) == 0)
			return keys[i].set(a, argument + n);
	}
	return false;
}

/* Without "verify=", no server is accepted. */
bool
client_arguments_read(struct client_arguments *a, char *const *argv)
{
	*a = (struct client_arguments) { .verify = CLIENT_VERIFY_PINS };
	for (; *argv != NULL; argv++)
		if (!take(a, *argv))
			return false;
	return a->verify != CLIENT_VERIFY_CA || a->ca != NULL;
}
