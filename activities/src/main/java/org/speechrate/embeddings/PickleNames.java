package org.speechrate.embeddings;

import java.util.List;
import org.speechrate.pipeline.Refusal;

/** What a pickle may name, a closed list, and what we do instead of calling it. */
public interface PickleNames {
  /**
   * @throws Refusal if the name is not on the list
   */
  Named of(String module, String name);

  /** What an id stands for that names something outside the pickle. */
  default Object persistent(Object id) {
    throw PickleValues.damaged("a reference to something outside the pickle");
  }

  /** How to write the same so that it takes less memory to read. */
  String smaller();

  /** A function or class of Python. */
  interface Named {
    /** What a call stands for; nothing of Python runs. */
    default Object call(List<Object> arguments) {
      throw PickleValues.damaged("a call of " + this);
    }

    /** An object of the class, without its state. */
    default Object instance() {
      throw new Refusal(
          Refusal.Kind.BAD_FORMAT,
          "its pickle makes an object of a class, which is not plain data");
    }
  }

  /** What takes a state after it was made. */
  interface Stateful {
    void setState(Object state);
  }
}
