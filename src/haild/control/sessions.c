#include "haild/control/process.h"

enum control_status
control_write_sessions(const struct control_writer *w)
{
	control_say(w, "not there yet");
	return CONTROL_FAILED;
}

size_t
control_find_victims(const struct control_view *v __attribute__((unused)),
    const struct control_request *r __attribute__((unused)),
    uint32_t *at __attribute__((unused)),
    struct control_victim *list __attribute__((unused)),
    size_t max __attribute__((unused)))
{
	return 0;
}
