#include "haild/containment/leaves.h"

void
leaves_init(struct leaves *l, bool resumed __attribute__((unused)))
{
	l->has = 0;
}

void
leaves_finish(struct leaves *l __attribute__((unused)))
{
}

int
leaves_take(struct leaves *l __attribute__((unused)),
    const char *service __attribute__((unused)),
    const struct service *limits __attribute__((unused)), uint32_t *leaf,
    struct grant *grant __attribute__((unused)))
{
	*leaf = 0;
	return 0;
}

void
leaves_started(struct leaves *l __attribute__((unused)),
    const struct grant *grant __attribute__((unused)))
{
}

void
leaves_account(const struct leaves *l __attribute__((unused)),
    uint32_t leaf __attribute__((unused)), struct leaf_account *account)
{
	*account = (struct leaf_account) { -1, -1, false, false };
}

bool
leaves_return(struct leaves *l __attribute__((unused)),
    uint32_t leaf __attribute__((unused)), bool keep __attribute__((unused)))
{
	return false;
}

int64_t
leaves_expire(struct leaves *l __attribute__((unused)),
    int64_t now __attribute__((unused)))
{
	return -1;
}
