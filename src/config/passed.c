#include "config/passed.h"

#include <stddef.h>

bool
passed_is_valid(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (name[i] < ' ' || name[i] > '~' || name[i] == ':')
			return false;
	return i <= PASSED_NAME_MAX;
}
