# sources.sh -- from where this host gets Debian's packages.  To be sourced.
#
# shellcheck shell=sh

# debian_sources SUITE: the host's own sources of SUITE with its updates, as lines of
# sources.list(5).  Nothing if apt has no lists; mmdebstrap then has a default.
debian_sources()
{
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
	    'Created-By: Packages' 'Origin: Debian' \
	    "Architecture: $(dpkg --print-architecture)" |
	    grep -E " $1(-updates|-security)? " | sort -u
}
