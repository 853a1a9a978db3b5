// distribution_table: the scalar distributions of the library at some arguments, ordinary and extreme; what
// the tests of densities, samplers, members and gradients walk through. A new distribution needs a row in
// `continuous` or `discrete` and a value in `density_values`.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace elba::probability {

inline constexpr double inf = std::numeric_limits<double>::infinity();

// Arguments as they are written in a model: with a point, a real.
struct Scalar1 {
  std::string name;
  std::vector<std::string> arguments;
  std::string type;                // of its values
  double low = -inf, high = inf;   // of its support
  double centre = 0;               // where integrals are split: a kink, the median
  std::vector<std::string> other;  // of the second of the pair whose divergence is looked at; empty: none
};

inline const std::vector<Scalar1> continuous = {
    {"normal", {"0.7", "1.9"}, "real", -inf, inf, 0.7, {"-0.4", "1.1"}},
    {"std_normal", {}, "real", -inf, inf, 0},
    {"half_normal", {"2.5"}, "real<lower=0>", 0, inf, 2, {"1.5"}},
    {"lognormal", {"0.5", "0.8"}, "real<lower=0>", 0, inf, 1.6, {"0.2", "1.1"}},
    {"student_t", {"4.5", "1.0", "2.0"}, "real", -inf, inf, 1},
    {"student_t", {"1.5", "-1.0", "0.5"}, "real", -inf, inf, -1},
    {"student_t", {"300.0", "1.0", "2.0"}, "real", -inf, inf, 1},
    {"half_student_t", {"3.5", "2.0"}, "real<lower=0>", 0, inf, 1.5},
    {"half_student_t", {"0.7", "2.0"}, "real<lower=0>", 0, inf, 2.5},
    {"cauchy", {"0.5", "2.0"}, "real", -inf, inf, 0.5, {"1.5", "0.7"}},
    {"half_cauchy", {"2.5"}, "real<lower=0>", 0, inf, 2.5, {"1.2"}},
    {"laplace", {"0.5", "1.5"}, "real", -inf, inf, 0.5, {"0.5", "0.8"}},
    {"logistic", {"0.5", "1.5"}, "real", -inf, inf, 0.5},
    {"gumbel", {"0.5", "1.5"}, "real", -inf, inf, 0.7, {"0.2", "1.1"}},
    {"skew_normal", {"0.5", "1.5", "3.0"}, "real", -inf, inf, 1.5},
    {"skew_normal", {"0.5", "1.5", "-0.4"}, "real", -inf, inf, 0.2},
    {"exp_mod_normal", {"0.5", "1.5", "0.75"}, "real", -inf, inf, 1.5},
    {"exp_mod_normal", {"0.5", "1.5", "200.0"}, "real", -inf, inf, 0.5},
    {"skew_double_exponential", {"0.5", "1.5", "0.3"}, "real", -inf, inf, 0.5},
    {"exponential", {"2.5"}, "real<lower=0>", 0, inf, 0.4, {"1.5"}},
    {"gamma", {"2.5", "1.5"}, "real<lower=0>", 0, inf, 1.5, {"3.5", "0.7"}},
    {"gamma", {"0.6", "0.5"}, "real<lower=0>", 0, inf, 0.5, {"0.9", "0.7"}},
    {"gamma", {"400.0", "200.0"}, "real<lower=0>", 0, inf, 2},
    {"erlang", {"3", "1.5"}, "real<lower=0>", 0, inf, 1.5},
    {"inv_gamma", {"2.5", "1.5"}, "real<lower=0>", 0, inf, 0.6, {"3.5", "0.7"}},
    {"chi_square", {"3.5"}, "real<lower=0>", 0, inf, 3, {"4.5"}},
    {"inv_chi_square", {"4.5"}, "real<lower=0>", 0, inf, 0.3, {"3.0"}},
    {"scaled_inv_chi_square", {"5.0", "1.5"}, "real<lower=0>", 0, inf, 2},
    {"weibull", {"1.5", "2.0"}, "real<lower=0>", 0, inf, 1.6, {"1.2", "2.5"}},
    {"weibull", {"0.7", "2.0"}, "real<lower=0>", 0, inf, 1.2},
    {"frechet", {"3.5", "1.5"}, "real<lower=0>", 0, inf, 1.7},
    {"rayleigh", {"1.5"}, "real<lower=0>", 0, inf, 1.7, {"2.5"}},
    {"pareto", {"0.5", "4.5"}, "real<lower=0.5>", 0.5, inf, 0.7},
    {"pareto_type_2", {"-1.0", "2.0", "4.5"}, "real<lower=-1>", -1, inf, -0.6},
    {"loglogistic", {"1.5", "3.5"}, "real<lower=0>", 0, inf, 1.5},
    {"inv_gaussian", {"1.5", "2.5"}, "real<lower=0>", 0, inf, 1.2, {"1.0", "3.5"}},
    {"von_mises",
     {"0.5", "2.0"},
     "real<lower=-3.141592653589793, upper=3.141592653589793>",
     -3.141592653589793,
     3.141592653589793,
     0.5,
     {"1.5", "0.7"}},
    {"von_mises",
     {"-3.0", "0.3"},
     "real<lower=-3.141592653589793, upper=3.141592653589793>",
     -3.141592653589793,
     3.141592653589793,
     0},
    {"beta", {"2.5", "1.75"}, "real<lower=0, upper=1>", 0, 1, 0.6, {"1.5", "2.75"}},
    {"beta", {"0.5", "0.7"}, "real<lower=0, upper=1>", 0, 1, 0.5, {"0.9", "0.8"}},
    {"beta_proportion", {"0.3", "12.0"}, "real<lower=0, upper=1>", 0, 1, 0.3},
    {"logit_normal", {"0.5", "1.25"}, "real<lower=0, upper=1>", 0, 1, 0.6, {"0.1", "0.9"}},
    {"kumaraswamy", {"2.5", "3.5"}, "real<lower=0, upper=1>", 0, 1, 0.6},
    {"uniform", {"-1.0", "2.5"}, "real<lower=-1, upper=2.5>", -1, 2.5, 0},
};

inline const std::vector<Scalar1> discrete = {
    {"bernoulli", {"0.3"}, "int<0, 1>", 0, 1, 0, {"0.6"}},
    {"bernoulli_logit", {"-1.25"}, "int<0, 1>", 0, 1, 0, {"0.5"}},
    {"binomial", {"10", "0.3"}, "int<0, 10>", 0, 10},
    {"binomial", {"60", "0.8"}, "int<0, 60>", 0, 60},
    {"binomial_logit", {"10", "0.4"}, "int<0, 10>", 0, 10},
    {"beta_binomial", {"10", "2.5", "1.75"}, "int<0, 10>", 0, 10},
    {"beta_binomial", {"30", "0.3", "0.2"}, "int<0, 30>", 0, 30},
    {"hypergeometric", {"10", "8", "15"}, "int<0, 10>", 0, 10},
    {"hypergeometric", {"18", "8", "15"}, "int<0, 18>", 0, 18},
    {"poisson", {"3.5"}, "int<lower=0>", 0, 80, 0, {"5.5"}},
    {"poisson", {"40.0"}, "int<lower=0>", 0, 200, 0, {"35.0"}},
    {"poisson_log", {"1.25"}, "int<lower=0>", 0, 80, 0, {"0.75"}},
    {"neg_binomial", {"2.5", "1.5"}, "int<lower=0>", 0, 200},
    {"neg_binomial_2", {"3.5", "2.5"}, "int<lower=0>", 0, 200},
    {"neg_binomial_2", {"3.5", "1.0e12"}, "int<lower=0>", 0, 80},
    {"neg_binomial_2_log", {"1.25", "2.5"}, "int<lower=0>", 0, 200},
    {"geometric", {"0.3"}, "int<lower=0>", 0, 200, 0, {"0.5"}},
    {"discrete_range", {"-2", "6"}, "int<-2, 6>", -2, 6},
    {"skellam", {"3.5", "2.5"}, "int", -60, 60},
};

// Log densities in digits, computed in 40 digits and more from the textbook formulas.
struct DensityValue {
  std::string name;
  std::vector<std::string> arguments;
  double x, expected;
};

inline const std::vector<DensityValue> density_values = {
    {"normal", {"1.5", "2.5"}, 0.3, -1.9504292650788278},
    {"normal", {"1.5", "2.5"}, -40, -139.61522926507883},
    {"half_normal", {"2.5"}, 3.5, -2.1220820845188825},
    {"lognormal", {"0.5", "0.8"}, 3.5, -2.391254893149861},
    {"student_t", {"4.5", "1.0", "2.0"}, -2.5, -3.0948000429471278},
    {"student_t", {"0.5", "1.0", "2.0"}, 1e8, -29.114840821980044},
    {"cauchy", {"0.5", "2.0"}, 7.25, -4.3548172046845216},
    {"half_cauchy", {"2.5"}, 7.25, -3.6096463907608982},
    {"laplace", {"0.5", "1.5"}, -3.0, -3.431945622001443},
    {"logistic", {"0.5", "1.5"}, -6.5, -5.0908510233611581},
    {"logistic", {"0.5", "1.5"}, 2000, -1333.4054651081082},
    {"exponential", {"2.5"}, 0.75, -0.95870926812584493},
    {"gamma", {"2.5", "1.5"}, 0.75, -0.8275432088801796},
    {"inv_gamma", {"2.5", "1.5"}, 0.75, -0.26413284662127496},
    {"beta", {"2.5", "0.75"}, 0.9, 0.8654436089662828},
    {"uniform", {"-1.0", "2.5"}, 0.25, -1.252762968495368},
    {"bernoulli", {"0.3"}, 1, -1.203972804325936},
    {"bernoulli", {"0.3"}, 0, -0.35667494393873238},
    {"bernoulli_logit", {"-1.25"}, 1, -1.5019290813453729},
    {"bernoulli_logit", {"40.0"}, 1, -4.248354255291589e-18},
    {"bernoulli_logit", {"800.0"}, 0, -800.0},
    {"bernoulli_logit", {"-800.0"}, 0, 0.0},
    {"binomial", {"10", "0.3"}, 4, -1.6088333502186696},
    {"binomial", {"10", "0.0"}, 0, 0},
    {"binomial", {"10", "1.0"}, 10, 0},
    {"binomial_logit", {"10", "0.4"}, 7, -1.5426607812174802},
    {"poisson", {"3.5"}, 2, -1.6876212435692093},
    {"poisson", {"0.0"}, 0, 0},
    {"poisson_log", {"1.25"}, 5, -2.0278347002438874},
    {"std_normal", {}, -3.5, -7.0439385332046727},
    {"student_t", {"1.0e9", "1.0", "2.0"}, 5.5, -4.1433357101386415},
    {"half_student_t", {"3.0", "2.5"}, 4.0, -2.4580040401264821},
    {"half_student_t", {"0.5", "2.5"}, 1000000.0, -21.402366601783201},
    {"gumbel", {"0.5", "1.5"}, -2.0, -4.0332884919115271},
    {"gumbel", {"0.5", "1.5"}, 900.0, -600.07213177477483},
    {"erlang", {"3", "1.5"}, 0.75, -1.177116001139014},
    {"erlang", {"3", "1.5"}, 900.0, -1335.8719623295868},
    {"chi_square", {"3.5"}, 2.25, -1.6454087827971722},
    {"inv_chi_square", {"3.5"}, 0.3, 0.51565210027023862},
    {"scaled_inv_chi_square", {"5.0", "1.5"}, 2.0, -1.2051456322065182},
    {"weibull", {"1.5", "2.0"}, 3.25, -2.1164048419579994},
    {"weibull", {"0.2", "2.0"}, 1e-30, 53.513974012760443},
    {"frechet", {"2.5", "1.5"}, 2.0, -0.9832009194439893},
    {"frechet", {"2.5", "1.5"}, 1000000000000.0, -94.778620403605353},
    {"rayleigh", {"1.5"}, 4.0, -2.9801914106519937},
    {"pareto", {"0.5", "2.5"}, 3.0, -4.6617202298640921},
    {"pareto", {"0.5", "2.5"}, 1e+50, -403.7689684934837},
    {"pareto_type_2", {"-1.0", "2.0", "3.0"}, 1.5, -2.8382557567571507},
    {"loglogistic", {"1.5", "3.5"}, 2.0, -1.0700996213884921},
    {"loglogistic", {"1.5", "3.5"}, 1e+200, -2069.6546928477672},
    {"von_mises", {"0.5", "2.0"}, -1.5, -3.4941642809865865},
    {"von_mises", {"0.5", "1.0e8"}, 0.5001, 7.7914018379382868},
    {"von_mises", {"0.5", "1.0e-9"}, 2.0, -1.8378770663386083},
    {"skew_normal", {"0.5", "1.5", "3.0"}, 1.0, -0.85956579533189726},
    {"skew_normal", {"0.5", "1.5", "3.0"}, -30.0, -2072.8835596449934},
    {"exp_mod_normal", {"0.5", "1.5", "0.75"}, 1.0, -1.5703527996432375},
    {"exp_mod_normal", {"0.5", "1.5", "400.0"}, 1.0, -1.3794062677821084},
    {"exp_mod_normal", {"0.5", "1.5", "0.75"}, -60.0, -818.32077936102639},
    {"skew_double_exponential", {"0.5", "1.5", "0.3"}, -2.0, -3.6062990091462208},
    {"skew_double_exponential", {"0.5", "1.5", "0.3"}, 3.0, -2.2729656758128874},
    {"inv_gaussian", {"1.5", "2.5"}, 0.75, -0.44593672525659048},
    {"inv_gaussian", {"1.5", "2.5"}, 0.001, -1238.4330491376833},
    {"beta_proportion", {"0.3", "12.0"}, 0.25, 1.1142868857475236},
    {"logit_normal", {"0.5", "1.25"}, 0.75, 0.41722661396655792},
    {"kumaraswamy", {"2.5", "3.5"}, 0.6, 0.58552832398145682},
    {"kumaraswamy", {"0.01", "0.02"}, 1e-100, 219.54198432033896},
    {"beta_binomial", {"10", "2.5", "1.75"}, 4, -2.2558898302453279},
    {"beta_binomial", {"10", "1.0e12", "3.0e12"}, 4, -1.9241623484730294},
    {"neg_binomial", {"2.5", "1.5"}, 3, -2.1445646271196998},
    {"neg_binomial", {"2.5", "1.0e-6"}, 100000, -17.654054768052044},
    {"neg_binomial_2", {"3.5", "2.5"}, 3, -1.9242897176650687},
    {"neg_binomial_2", {"3.5", "1.0e15"}, 3, -1.5334705637419524},
    {"neg_binomial_2", {"3.5", "1.0e-8"}, 0, -1.9673443715304877e-7},
    {"neg_binomial_2_log", {"1.25", "2.5"}, 3, -1.923719202593684},
    {"neg_binomial_2_log", {"1.25", "1.0e15"}, 5, -2.0278347002438887},
    {"geometric", {"0.3"}, 4, -2.6306725800808655},
    {"geometric", {"1.0e-12"}, 4, -27.631021115932548},
    {"hypergeometric", {"10", "8", "15"}, 4, -1.1834112077667554},
    {"discrete_range", {"-2", "6"}, 3, -2.1972245773362194},
    {"skellam", {"3.5", "2.5"}, -2, -2.5729464182133543},
    {"skellam", {"3500.0", "2500.0"}, 1100, -6.1026745252596842},
};

}  // namespace elba::probability
