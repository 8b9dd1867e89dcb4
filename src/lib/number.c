#include "lib/number.h"

bool
number_read(const char **text, uint64_t max, uint64_t *n)
{
	const char *p = *text;
	uint64_t digit, value = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		digit = (uint64_t)(*p - '0');
		if (value > max / 10 || digit > max - value * 10)
			return false;
		value = value * 10 + digit;
	}
	if (p == *text)
		return false;
	*text = p;
	*n = value;
	return true;
}

bool
number_parse_unsigned(const char *text, uint64_t max, uint64_t *n)
{
	if (text[0] == '0' && text[1] != '\0')
		return false;
	return number_read(&text, max, n) && *text == '\0';
}

bool
number_parse(const char *text, int64_t min, int64_t max, int64_t *n)
{
	uint64_t value;

	if (!number_parse_unsigned(text, (uint64_t)max, &value) ||
	    (int64_t)value < min)
		return false;
	*n = (int64_t)value;
	return true;
}
