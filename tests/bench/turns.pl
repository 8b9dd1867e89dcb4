#!/usr/bin/perl
# turns.pl -- several ways of the same work, measured in turns, so that all meet
# the same moments of the machine.
#
#	perl turns.pl ROUNDS WORK UNIT FILE
#
# FILE has a line for each contender: NAME TARGET COMMAND.  The first one is
# ours, and the others are what it is compared with.  With UNIT "ms" the wall
# time of the command counts, otherwise the number that it prints; more is
# better for a UNIT that ends in "/s", less for others.  A TARGET of 1.5 means
# 1.5 times as good as that one; "<1.3" means ours is at most 1.3 times the
# other's number; "-" is none, and with 0 there is a ratio but no target.
#
# The ratio is the median of the rounds' ratios.  A target missed by more than
# 5 % is told, and ends this with status 1; a command that fails, with 2.
# BENCH_TABLE is a file that gets a row of a table for each, BENCH_SHORT, if not
# empty, says that nothing is judged.
use strict;
use warnings;
use Time::HiRes 'time';

my ($rounds, $work, $unit, $file) = @ARGV;
my $short = $ENV{BENCH_SHORT} // '';
my $errors = "$file.errors";

open(my $f, '<', $file) or die "$file: $!\n";
my @contenders = map { chomp; [split / /, $_, 3] } <$f>;

sub run
{
	my ($name, $command) = @_;
	my $start = time;
	my $out = `exec </dev/null 2>$errors; $command`;
	my $took = 1000 * (time - $start);

	if ($? != 0 || ($unit ne 'ms' && $out !~ /^[\d.]+$/)) {
		open(my $e, '<', $errors);
		warn "$work: $name failed: status $?\n$out", <$e>;
		exit 2;
	}
	return $unit eq 'ms' ? $took : $out + 0;
}

# The quantile at Q, between the two that are nearest.
sub quantile
{
	my ($q, @sorted) = (shift, sort { $a <=> $b } @_);
	my $at = $q * $#sorted;
	my $low = int($at);

	return $sorted[$low] if $low == $#sorted;
	return $sorted[$low] + ($at - $low) * ($sorted[$low + 1] - $sorted[$low]);
}

my %values;
for my $round ($short ? 1 : 0 .. $rounds) { # the first one only warms up
	# Nobody is always behind the same one.
	for (0 .. $#contenders) {
		my ($name, undef, $command) =
		    @{$contenders[($_ + $round) % @contenders]};
		my $value = run($name, $command);

		push @{$values{$name}}, $value if $round > 0;
	}
}

my $missed = 0;
my $table;
if (($ENV{BENCH_TABLE} // '') ne '') {
	open($table, '>>', $ENV{BENCH_TABLE}) or die "$ENV{BENCH_TABLE}: $!\n";
}
my $ours = $contenders[0][0];
for (@contenders) {
	my ($name, $target) = @$_;
	my @values = @{$values{$name}};
	my $number = sprintf('%.4g', quantile(0.5, @values));
	my ($ratio, $wanted, $verdict) = ('', '', '');

	$number = sprintf('%.0f', quantile(0.5, @values)) if $number >= 1000;
	if ($target ne '-') {
		my $most = $target =~ s/^<// ? 1 : 0;
		my $up = $most || $unit =~ m|/s$|;
		my @ratios = map { my ($x, $y) = ($values{$ours}[$_], $values[$_]);
		    $up ? $x / $y : $y / $x } 0 .. $#values;
		my $median = quantile(0.5, @ratios);
		my $miss = $target == 0 ? 0
		    : $most ? $median > 1.05 * $target
		    : $median < 0.95 * $target;

		$missed = 1 if $miss && !$short;
		$ratio = sprintf('%.2f (%.2f to %.2f)', $median,
		    quantile($#ratios < 8 ? 0 : 0.25, @ratios),
		    quantile($#ratios < 8 ? 1 : 0.75, @ratios));
		if ($target != 0) {
			$wanted = ($most ? '≤ ' : '≥ ') . $target;
			$verdict = $short ? 'not judged'
			    : $miss ? '**missed**' : 'yes';
		}
	}
	my $row = "| $work | $name | $number $unit | $ratio | $wanted | $verdict |";
	print {$table} "$row\n" if defined $table;
	print "$row\n";
}
exit $missed;
