package dev.moult.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares every constant, size and offset of the {@code …Abi} classes with the C headers by gcc.
 */
class AbiIT {
  @TempDir Path directory;

  @Test
  void everyConstantAndLayoutIsThatOfTheHeaders() throws Exception {
    // Given
    List<String> checks = new ArrayList<>();
    List<String> newer = new ArrayList<>();
    for (Class<?> abi : abiClasses()) {
      CHeader headers = abi.getAnnotation(CHeader.class);
      assertThat(headers).as("headers of " + abi.getName()).isNotNull();
      Path file = directory.resolve(abi.getSimpleName() + ".c");
      write(file, headers, abi, checks, newer);

      // When
      Result result = run("gcc", "-std=gnu11", "-o", file + ".out", file.toString());

      // Then
      assertThat(result.output()).as(abi.getName()).isEmpty();
      assertThat(result.status()).isZero();
      Result missing = run(file + ".out");
      missing.output().lines().forEach(line -> System.out.println("[abi] not checked: " + line));
    }
    System.out.printf(
        "[abi] %d constants and layouts compared, %d of them only where the headers have them%n",
        checks.size(), newer.size());
    assertThat(checks).hasSizeGreaterThan(150);
  }

  @Test
  void aWrongValueIsFound() throws Exception {
    // Given
    Path file = directory.resolve("wrong.c");
    Files.writeString(
        file,
        "#include <fcntl.h>\n_Static_assert((O_RDWR) == 3, \"O_RDWR\");\nint main(void){return 0;}\n");

    // When
    Result result = run("gcc", "-o", file + ".out", file.toString());

    // Then
    assertThat(result.status()).isNotZero();
    assertThat(result.output()).contains("O_RDWR");
  }

  private static void write(
      Path file, CHeader headers, Class<?> abi, List<String> checks, List<String> newer)
      throws IOException, IllegalAccessException {
    StringBuilder top = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n");
    top.append("#include <stdio.h>\n");
    for (String header : headers.value()) {
      top.append("#include <").append(header).append(">\n");
    }
    StringBuilder main = new StringBuilder("int main(void) {\n");
    for (Field field : abi.getDeclaredFields()) {
      if (field.isSynthetic() || !Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      field.setAccessible(true);
      CExpression expression = field.getAnnotation(CExpression.class);
      String name = expression == null ? field.getName() : expression.value();
      boolean mayBeMissing = field.isAnnotationPresent(CSince.class);
      long value = ((Number) field.get(null)).longValue();
      // Compared as 32 bits where Java has an int: ioctl numbers use the sign bit.
      String cast = field.getType() == int.class ? "(int)" : "(long)";
      checks.add(name);
      if (mayBeMissing) {
        newer.add(name);
        main.append("#ifndef ").append(name).append("\n  puts(\"").append(name).append("\");\n");
        main.append("#else\n");
      }
      main.append(
          "  _Static_assert(%s(%s) == %s(%dL), \"%s\");\n"
              .formatted(cast, name, cast, value, abi.getSimpleName() + "." + field.getName()));
      if (mayBeMissing) {
        main.append("#endif\n");
      }
    }
    Files.writeString(file, top + main.toString() + "  return 0;\n}\n");
  }

  private static List<Class<?>> abiClasses() throws Exception {
    URI location = Fd.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path classes = Path.of(location);
    if (Files.isDirectory(classes)) {
      return abiClasses(classes);
    }
    try (FileSystem jar = FileSystems.newFileSystem(classes)) { // the packaged module
      return abiClasses(jar.getPath("/"));
    }
  }

  private static List<Class<?>> abiClasses(Path root) throws Exception {
    List<Class<?>> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith("Abi.class")).toList()) {
        String name = root.relativize(file).toString().replace('/', '.').replace(".class", "");
        found.add(Class.forName(name));
      }
    }
    assertThat(found).hasSizeGreaterThanOrEqualTo(6);
    return found;
  }

  private record Result(int status, String output) {}

  private static Result run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
