#include "control/answer.h"
#include "config/config.h"
#include "haild/control/process.h"

void
control_write_certificates(const struct control_writer *w)
{
	const struct config *config = w->view->config;
	const struct service *s = config->services;
	struct answer_certificate a;
	size_t i;

	for (; s < config->services + config->nservices; s++)
		for (i = 0; !s->disable && s->tls_expires != NULL &&
		     s->tls_certificate[i] != NULL;
		     i++) {
			a = (struct answer_certificate) { s->name,
				s->tls_certificate[i], s->tls_expires[i] };
			record_write(w->out,
			    &answer_format.kinds[ANSWER_CERTIFICATE], &a);
		}
}
