// elementary_body: the functions of a register, the same text for both widths. Whoever includes it has said
//   Register                      the type of the register
//   fused, all_between            the two operations that have an instruction of their own
//   ELBA_SLEEF(name)              SLEEF's form of that width
// It has no namespace and no guard of its own: it is included once in each of two files, which are compiled
// for different processors.
struct Lanes {
  typedef double D __attribute__((vector_size(sizeof(Register))));
  typedef std::int64_t I __attribute__((vector_size(sizeof(Register))));
  typedef std::uint64_t U __attribute__((vector_size(sizeof(Register))));
  [[gnu::always_inline]] static D fma(D a, D b, D c) {
    return (D)fused((Register)a, (Register)b, (Register)c);
  }
  [[gnu::always_inline]] static U bits(D x) { return (U)x; }
  [[gnu::always_inline]] static D number(U x) { return (D)x; }
  [[gnu::always_inline]] static bool all_within(D low, D x, D high) {
    return all_between((Register)low, (Register)x, (Register)high);
  }
};
using K = Kernels<Lanes>;
constexpr int lanes_of_register = sizeof(Register) / sizeof(double);

template <double (*one)(double)>
Register one_by_one(Register x) {
  for (int i = 0; i < lanes_of_register; ++i)
    x[i] = one(x[i]);
  return x;
}

bool is_far(Register x) {
  bool found = false;
  for (int i = 0; i < lanes_of_register; ++i)
    found |= !(__builtin_fabs(x[i]) <= K::largest_angle);
  return found;
}

Register exp(Register x) { return (Register)K::exp((Lanes::D)x); }
Register log(Register x) { return (Register)K::log((Lanes::D)x); }
Register log1p(Register x) { return (Register)K::log1p((Lanes::D)x); }
Register expm1(Register x) { return (Register)K::expm1((Lanes::D)x); }
Register tanh(Register x) { return (Register)K::tanh((Lanes::D)x); }
Register sin(Register x) { return is_far(x) ? one_by_one<math::sin>(x) : (Register)K::sin((Lanes::D)x); }
Register cos(Register x) { return is_far(x) ? one_by_one<math::cos>(x) : (Register)K::cos((Lanes::D)x); }
Register erf(Register x) { return one_by_one<math::erf>(x); }
Register erfc(Register x) { return one_by_one<math::erfc>(x); }
Register tan(Register x) { return ELBA_SLEEF(tan)(x); }
Register asin(Register x) { return ELBA_SLEEF(asin)(x); }
Register acos(Register x) { return ELBA_SLEEF(acos)(x); }
Register atan(Register x) { return ELBA_SLEEF(atan)(x); }
Register sinh(Register x) { return ELBA_SLEEF(sinh)(x); }
Register cosh(Register x) { return ELBA_SLEEF(cosh)(x); }
Register pow(Register x, Register y) { return ELBA_SLEEF(pow)(x, y); }
